/* What only C sees and changes of a class. */

#include "paddlefx.h"

static PyTypeObject *
checked(PyObject *argument)
{
    if (!PyType_Check(argument)) {
        PyErr_Format(PyExc_TypeError, "expected a class, not %.100s", Py_TYPE(argument)->tp_name);
        return NULL;
    }
    return (PyTypeObject *)argument;
}

/* A class that had a __new__ once calls what it finds by that name, with the arguments, even
   if that is object's again (Objects/typeobject.c, slot_tp_new and object_new). */
static PyObject *
makes_plainly(PyObject *module, PyObject *argument)
{
    (void)module;
    PyTypeObject *cls = checked(argument);
    return cls == NULL ? NULL : PyBool_FromLong(cls->tp_new == PyBaseObject_Type.tp_new);
}

/* Objects/typeobject.c, remove_subclass: what the end of a class does, which may be late. */
static PyObject *
hide_from_bases(PyObject *module, PyObject *argument)
{
    (void)module;
    PyTypeObject *cls = checked(argument);
    if (cls == NULL) {
        return NULL;
    }
    PyObject *key = PyLong_FromVoidPtr(cls);
    if (key == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(cls->tp_bases); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(cls->tp_bases, i);
        PyObject *known = base->tp_flags & Py_TPFLAGS_HEAPTYPE ? (PyObject *)base->tp_subclasses
                                                               : NULL;
        if (known != NULL && PyDict_DelItem(known, key) < 0) {
            PyErr_Clear();
        }
    }
    Py_DECREF(key);
    Py_RETURN_NONE;
}

PyMethodDef pfx_class_methods[] = {
    {"makes_plainly", makes_plainly, METH_O,
     "makes_plainly(cls) -> whether the class makes objects as object does"},
    {"hide_from_bases", hide_from_bases, METH_O,
     "hide_from_bases(cls): __subclasses__() of its bases doesn't list it any more"},
    {NULL, NULL, 0, NULL},
};

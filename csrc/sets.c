/* Sets as tables: where each element is, which places held others, how large the table is.

   The layout of PySetObject is public (setobject.h) and the same in 3.8-3.13. A place that held
   an element has hash -1, which no element has; its key is a static object that setobject.c
   doesn't count. */

#include "paddlefx.h"

static PyObject *
clone_set(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count < 1 || count > 2 || !PyAnySet_CheckExact(args[0])) {
        PyErr_SetString(PyExc_TypeError, "clone_set() takes a set or frozenset, and a type");
        return NULL;
    }
    PyObject *type = count == 2 ? args[1] : (PyObject *)Py_TYPE(args[0]);
    if (type != (PyObject *)&PySet_Type && type != (PyObject *)&PyFrozenSet_Type) {
        PyErr_SetString(PyExc_TypeError, "clone_set() makes a set or a frozenset");
        return NULL;
    }
    PySetObject *set = (PySetObject *)args[0];
    PyObject *result
        = type == (PyObject *)&PySet_Type ? PySet_New(NULL) : PyFrozenSet_New(NULL);
    if (result == NULL) {
        return NULL;
    }
    PySetObject *made = (PySetObject *)result;
    if (set->mask >= PySet_MINSIZE) {
        setentry *table = PyMem_New(setentry, (size_t)set->mask + 1);
        if (table == NULL) {
            Py_DECREF(result);
            return PyErr_NoMemory();
        }
        made->table = table;
    }
    for (Py_ssize_t i = 0; i <= set->mask; i++) {
        made->table[i] = set->table[i];
        if (set->table[i].key != NULL && set->table[i].hash != -1) {
            Py_INCREF(set->table[i].key);
        }
    }
    made->mask = set->mask;
    made->fill = set->fill;
    made->used = set->used;
    made->finger = set->finger;
    return result;
}

bool
pfx_same_table(PyObject *object, PyObject *expected)
{
    PySetObject *set = (PySetObject *)object, *other = (PySetObject *)expected;
    if (Py_TYPE(object) != Py_TYPE(expected) || set->mask != other->mask || set->fill != other->fill
        || set->used != other->used
        || (set->finger & set->mask) != (other->finger & other->mask)) {
        return false;
    }
    for (Py_ssize_t i = 0; i <= set->mask; i++) {
        setentry *one = &set->table[i], *two = &other->table[i];
        if (one->hash != two->hash && (one->key != NULL || two->key != NULL)) {
            return false;
        }
        if ((one->key == NULL) != (two->key == NULL)) {
            return false;
        }
        if (one->key != NULL && one->hash != -1 && !pfx_same_constant(one->key, two->key)) {
            return false;
        }
    }
    return true;
}

PyMethodDef pfx_sets_methods[] = {
    {"clone_set", (PyCFunction)(void (*)(void))clone_set, METH_FASTCALL,
     "clone_set(set, type=type(set)): a set or frozenset with the same table: what is done to both\n"
     "gives the same order of elements, which a copy needn't"},
    {NULL, NULL, 0, NULL},
};

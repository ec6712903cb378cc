/* Reading objects without running anybody's Python code.

   Every function here is total: what is not there, or could only be had through
   a property, a user's __eq__ or a missing base, is "not there"; no error leaves
   this file. Values come back as new references, because a getset descriptor of
   another extension may release the GIL between two reads. */

#define PFX_NEEDS_INTERNALS
#include "odict.h"
#include "paddlefx.h"

/* -- constants */

bool
pfx_is_constant(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (object == Py_None || object == Py_Ellipsis || type == &PyBool_Type
        || type == &PyLong_Type || type == &PyFloat_Type || type == &PyComplex_Type
        || type == &PyUnicode_Type || type == &PyBytes_Type) {
        return true;
    }
    if (type == &PyTuple_Type) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); i++) {
            if (!pfx_is_constant(PyTuple_GET_ITEM(object, i))) {
                return false;
            }
        }
        return true;
    }
    if (type == &PyFrozenSet_Type || type == &PySet_Type) {
        Py_ssize_t position = 0;
        PyObject *item;
        Py_hash_t hash;
        while (_PySet_NextEntry(object, &position, &item, &hash)) {
            if (!pfx_is_constant(item)) {
                return false;
            }
        }
        return true;
    }
    return false;
}

static bool
same_set(PyObject *found, PyObject *expected)
{
    if (PySet_GET_SIZE(found) != PySet_GET_SIZE(expected)) {
        return false;
    }
    Py_ssize_t position = 0;
    PyObject *wanted, *item;
    Py_hash_t wanted_hash, hash;
    while (_PySet_NextEntry(expected, &position, &wanted, &wanted_hash)) {
        Py_ssize_t other = 0;
        bool there = false;
        while (!there && _PySet_NextEntry(found, &other, &item, &hash)) {
            there = hash == wanted_hash && pfx_same_constant(item, wanted);
        }
        other = 0; /* equal nans may have different hashes (3.10-) */
        while (!there && _PySet_NextEntry(found, &other, &item, &hash)) {
            there = pfx_same_constant(item, wanted);
        }
        if (!there) {
            return false;
        }
    }
    return true;
}

bool
pfx_same_constant(PyObject *found, PyObject *expected)
{
    if (found == expected) {
        return true;
    }
    PyTypeObject *type = Py_TYPE(expected);
    if (Py_TYPE(found) != type) {
        return false;
    }
    if (type == &PyFloat_Type) {
        return memcmp(&((PyFloatObject *)found)->ob_fval, &((PyFloatObject *)expected)->ob_fval,
                      sizeof(double)) == 0;
    }
    if (type == &PyComplex_Type) {
        Py_complex a = ((PyComplexObject *)found)->cval;
        Py_complex b = ((PyComplexObject *)expected)->cval;
        return memcmp(&a.real, &b.real, sizeof(double)) == 0
               && memcmp(&a.imag, &b.imag, sizeof(double)) == 0;
    }
    if (type == &PyLong_Type || type == &PyUnicode_Type || type == &PyBytes_Type) {
        int same = PyObject_RichCompareBool(found, expected, Py_EQ);
        if (same < 0) {
            PyErr_Clear();
        }
        return same > 0;
    }
    if (type == &PyTuple_Type) {
        Py_ssize_t size = PyTuple_GET_SIZE(expected);
        if (PyTuple_GET_SIZE(found) != size) {
            return false;
        }
        for (Py_ssize_t i = 0; i < size; i++) {
            if (!pfx_same_constant(PyTuple_GET_ITEM(found, i), PyTuple_GET_ITEM(expected, i))) {
                return false;
            }
        }
        return true;
    }
    if (type == &PyFrozenSet_Type || type == &PySet_Type) {
        return same_set(found, expected);
    }
    return false; /* None, Ellipsis and bools are equal only when they are the same object */
}

/* -- dicts */

/* Whether comparing a key for equality runs no Python code. */
static bool
compares_plainly(PyObject *key)
{
    richcmpfunc compare = Py_TYPE(key)->tp_richcompare;
    if (compare == NULL || compare == PyBaseObject_Type.tp_richcompare
        || compare == PyUnicode_Type.tp_richcompare || compare == PyLong_Type.tp_richcompare
        || compare == PyFloat_Type.tp_richcompare || compare == PyBytes_Type.tp_richcompare) {
        return true;
    }
    if (PyTuple_Check(key) && compare == PyTuple_Type.tp_richcompare) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); i++) {
            if (!compares_plainly(PyTuple_GET_ITEM(key, i))) {
                return false;
            }
        }
        return true;
    }
    return pfx_is_constant(key);
}

/* Whether all keys are exactly str, as far as the dict itself knows. */
static bool
has_only_str_keys(PyObject *dict)
{
#ifdef PFX_DICT_HAS_KIND
    return DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys);
#else
    /* Objects/dict-common.h of 3.8-3.10, which isn't installed: the head of the keys. */
    struct keys_head {
        Py_ssize_t refcnt;
        Py_ssize_t size;
        const void *lookup;
    };
    const struct keys_head *keys = (const struct keys_head *)((PyDictObject *)dict)->ma_keys;
    return keys->lookup != pfx.general_lookup;
#endif
}

int
pfx_read_dict(PyObject *dict, PyObject *key, PyObject **value)
{
    if (!has_only_str_keys(dict)) {
        Py_ssize_t position = 0;
        PyObject *other;
        while (PyDict_Next(dict, &position, &other, NULL)) {
            if (!PyUnicode_CheckExact(other) && !compares_plainly(other)) {
                return 0;
            }
        }
    }
    else if (!PyUnicode_CheckExact(key)) {
        return 0;
    }
    PyObject *found = PyDict_GetItemWithError(dict, key);
    if (found == NULL) {
        if (PyErr_Occurred()) {
            PyErr_Clear();
        }
        return 0;
    }
    *value = Py_NewRef(found);
    return 1;
}

bool
pfx_has_keys(PyObject *dict, PyObject *keys)
{
    Py_ssize_t size = PyTuple_GET_SIZE(keys);
    if (PyDict_GET_SIZE(dict) != size) {
        return false;
    }
    if (PyODict_Check(dict)) {
        pfx_odict_node *node = ((pfx_odict *)dict)->first;
        for (Py_ssize_t i = 0; i < size; i++, node = node->next) {
            if (node == NULL || !pfx_same_constant(node->key, PyTuple_GET_ITEM(keys, i))) {
                return false;
            }
        }
        return node == NULL;
    }
    Py_ssize_t position = 0;
    PyObject *key;
    for (Py_ssize_t i = 0; i < size; i++) {
        if (!PyDict_Next(dict, &position, &key, NULL)
            || !pfx_same_constant(key, PyTuple_GET_ITEM(keys, i))) {
            return false;
        }
    }
    return true;
}

bool
pfx_has_elements(PyObject *set, PyObject *elements)
{
    if (PySet_GET_SIZE(set) != PyTuple_GET_SIZE(elements)) {
        return false;
    }
    Py_ssize_t position = 0, i = 0;
    PyObject *item;
    Py_hash_t hash;
    while (_PySet_NextEntry(set, &position, &item, &hash)) {
        if (!pfx_same_constant(item, PyTuple_GET_ITEM(elements, i++))) {
            return false;
        }
    }
    return true;
}

/* -- attributes */

static int
read_descriptor(PyObject *descriptor, PyObject *object, PyObject **value)
{
    Py_INCREF(descriptor);
    *value = Py_TYPE(descriptor)->tp_descr_get(descriptor, object, (PyObject *)Py_TYPE(object));
    Py_DECREF(descriptor);
    if (*value == NULL) {
        PyErr_Clear();
        return 0;
    }
    return 1;
}

/* Descriptors that CPython itself binds, in C: a method, never a property. */
static bool
binds_in_c(PyTypeObject *type)
{
    return type == &PyFunction_Type || type == &PyMethodDescr_Type
           || type == &PyWrapperDescr_Type || type == &PyGetSetDescr_Type
           || type == &PyMemberDescr_Type || type == &PyStaticMethod_Type
           || type == &PyInstanceMethod_Type;
}

/* A property whose getter is written in C, as pybind11 makes them. */
static bool
reads_in_c(PyObject *descriptor)
{
    if (Py_TYPE(descriptor) != &PyProperty_Type) {
        return false;
    }
    PyObject *getter = PyObject_GetAttr(descriptor, pfx.name_fget);
    if (getter == NULL) {
        PyErr_Clear();
        return false;
    }
    PyObject *function = getter;
    if (Py_TYPE(function) == &PyInstanceMethod_Type) {
        function = PyInstanceMethod_GET_FUNCTION(function);
    }
    bool in_c = PyCFunction_Check(function);
    Py_DECREF(getter);
    return in_c;
}

/* Objects/object.c, PyObject_GenericGetAttr, without what it would run of the user's. */
int
pfx_read_attribute(PyObject *object, PyObject *name, PyObject **value)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject *descriptor = _PyType_Lookup(type, name);
    descrgetfunc get = descriptor == NULL ? NULL : Py_TYPE(descriptor)->tp_descr_get;
    if (get != NULL && PyDescr_IsData(descriptor)) {
        PyTypeObject *kind = Py_TYPE(descriptor);
        if (kind != &PyGetSetDescr_Type && kind != &PyMemberDescr_Type && !reads_in_c(descriptor)) {
            return 0;
        }
        return read_descriptor(descriptor, object, value);
    }
    if (type->tp_getattro == pfx.thread_local_getattr) { /* each thread has a dict of its own */
        if (get != NULL && !binds_in_c(Py_TYPE(descriptor))) {
            return 0;
        }
        *value = PyObject_GetAttr(object, name);
        if (*value == NULL) {
            PyErr_Clear();
        }
        return *value != NULL;
    }
    if (pfx_read_instance(object, name, value)) {
        return 1;
    }
    if (descriptor == NULL) {
        return 0;
    }
    if (get == NULL) {
        *value = Py_NewRef(descriptor);
        return 1;
    }
    return binds_in_c(Py_TYPE(descriptor)) ? read_descriptor(descriptor, object, value) : 0;
}

/* -- items */

int
pfx_read_item(PyObject *container, PyObject *key, Py_ssize_t index, bool by_index,
              PyObject **value)
{
    if (PyDict_Check(container)) {
        return pfx_read_dict(container, key, value);
    }
    if (!by_index) {
        return 0;
    }
    PyObject *const *items;
    if (PyList_Check(container)) {
        items = ((PyListObject *)container)->ob_item;
    }
    else if (PyTuple_Check(container)) {
        items = ((PyTupleObject *)container)->ob_item;
    }
    else {
        return 0;
    }
    Py_ssize_t size = Py_SIZE(container);
    if (index < 0) {
        index += size;
    }
    if (index < 0 || index >= size) {
        return 0;
    }
    *value = Py_NewRef(items[index]);
    return 1;
}

Py_ssize_t
pfx_length(PyObject *object)
{
    if (PyList_Check(object) || PyTuple_Check(object) || PyBytes_Check(object)
        || PyByteArray_Check(object)) {
        return Py_SIZE(object);
    }
    if (PyDict_Check(object)) {
        return PyDict_GET_SIZE(object);
    }
    if (PyUnicode_Check(object)) {
        return PyUnicode_GET_LENGTH(object);
    }
    if (PyAnySet_Check(object)) {
        return PySet_GET_SIZE(object);
    }
    if (PyRange_Check(object)) {
        Py_ssize_t length = PyObject_Size(object);
        if (length < 0) {
            PyErr_Clear();
        }
        return length;
    }
    return -1;
}

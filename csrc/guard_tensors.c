/* Guards on tensors: dtype, shape, stop_gradient and place. */

#include "guard_steps.h"

static bool
check_shape(const pfx_tensor_spec *spec, PyObject *shape)
{
    if (!PyList_Check(shape) && !PyTuple_Check(shape)) {
        return false;
    }
    if (Py_SIZE(shape) != spec->rank) {
        return false;
    }
    PyObject *const *items = PyList_Check(shape) ? ((PyListObject *)shape)->ob_item
                                                 : ((PyTupleObject *)shape)->ob_item;
    for (Py_ssize_t i = 0; i < spec->rank; i++) {
        if (!PyLong_CheckExact(items[i])) {
            return false;
        }
        Py_ssize_t size = PyLong_AsSsize_t(items[i]);
        if (size == -1 && PyErr_Occurred()) {
            PyErr_Clear();
            return false;
        }
        if (size < spec->dims[i].low || size > spec->dims[i].high) {
            return false;
        }
    }
    return true;
}

/* Whether two of the framework's own objects are equal: the same one, or by the `_equals`
   method or the equality of their common type, which is the framework's code. */
static bool
same_framework_object(PyObject *found, PyObject *expected)
{
    if (found == expected) {
        return true;
    }
    if (Py_TYPE(found) != Py_TYPE(expected)) {
        return false;
    }
    PyObject *result;
    if (_PyType_Lookup(Py_TYPE(expected), pfx.name_equals) != NULL) {
        result = PyObject_CallMethodObjArgs(expected, pfx.name_equals, found, NULL);
    }
    else {
        result = PyObject_RichCompare(found, expected, Py_EQ);
    }
    int same = result == NULL ? -1 : PyObject_IsTrue(result);
    Py_XDECREF(result);
    if (same < 0) {
        PyErr_Clear();
    }
    return same > 0;
}

static bool
check_dims(const pfx_tensor_spec *spec, const pfx_dims *dims)
{
    if (dims->rank != spec->rank) {
        return false;
    }
    for (int i = 0; i < dims->rank; i++) {
        if (dims->sizes[i] < spec->dims[i].low || dims->sizes[i] > spec->dims[i].high) {
            return false;
        }
    }
    return true;
}

/* Whether a tensor that the accessors can't tell of says that it is dense; one that has no
   such method is. */
static bool
says_dense(PyObject *tensor)
{
    PyObject *method = _PyType_Lookup(Py_TYPE(tensor), pfx.name_is_dense);
    if (method == NULL) {
        return true;
    }
    PyObject *result = PyObject_CallMethodObjArgs(tensor, pfx.name_is_dense, NULL);
    if (result == NULL) {
        PyErr_Clear();
    }
    Py_XDECREF(result);
    return result == Py_True;
}

/* Whether an attribute is equal to one of the framework's objects. */
static bool
check_attribute(PyObject *tensor, PyObject *name, PyObject *expected)
{
    PyObject *value;
    if (!pfx_read_attribute(tensor, name, &value)) {
        return false;
    }
    bool same = same_framework_object(value, expected);
    Py_DECREF(value);
    return same;
}

static bool
check_dtype(pfx_tensor_spec *spec, PyObject *tensor, const void *dense)
{
    if (spec->dtype == NULL) {
        return true;
    }
    if (dense != NULL && spec->code >= 0) {
        return pfx_tensor_dtype(dense) == spec->code;
    }
    if (!check_attribute(tensor, pfx.name_dtype, spec->dtype)) {
        return false;
    }
    if (dense != NULL) {
        spec->code = pfx_tensor_dtype(dense);
    }
    return true;
}

/* The function in C that reads an attribute of a type's instances is remembered with the type's
   version: to look it up takes longer than to call it. */
static void
learn_getter(pfx_tensor_spec *spec, PyTypeObject *type, PyObject *name)
{
    PyObject *descriptor = _PyType_Lookup(type, name);
    if (descriptor != NULL && Py_TYPE(descriptor) == &PyGetSetDescr_Type
        && PyDescr_IsData(descriptor)) {
        const PyGetSetDef *definition = ((PyGetSetDescrObject *)descriptor)->d_getset;
        spec->type = type;
        spec->version = definition->get == NULL ? 0 : pfx_type_version(type);
        spec->get = definition->get;
        spec->closure = definition->closure;
    }
}

static bool
check_stop_gradient(pfx_tensor_spec *spec, PyObject *tensor)
{
    PyObject *value;
    PyTypeObject *type = Py_TYPE(tensor);
    if (spec->version != 0 && spec->type == type && pfx_type_version(type) == spec->version) {
        value = spec->get(tensor, spec->closure);
        if (value == NULL) {
            PyErr_Clear();
            return false;
        }
    }
    else {
        if (!pfx_read_attribute(tensor, pfx.name_stop_gradient, &value)) {
            return false;
        }
        learn_getter(spec, type, pfx.name_stop_gradient);
    }
    bool same = value == spec->stop_gradient;
    Py_DECREF(value);
    return same;
}

bool
pfx_check_tensor(pfx_tensor_spec *spec, PyObject *tensor)
{
    PyObject *value;
    bool same;
    const void *dense = NULL;
    pfx_tensor_kind kind = pfx_read_tensor(tensor, &dense);
    if (kind == PFX_TENSOR_NOT_DENSE || (kind == PFX_TENSOR_UNREAD && !says_dense(tensor))) {
        return false;
    }
    if (!check_dtype(spec, tensor, dense)) {
        return false;
    }
    if (spec->rank >= 0) {
        if (dense != NULL) {
            same = check_dims(spec, pfx_tensor_dims(dense));
        }
        else if (pfx_read_attribute(tensor, pfx.name_shape, &value)) {
            same = check_shape(spec, value);
            Py_DECREF(value);
        }
        else {
            same = false;
        }
        if (!same) {
            return false;
        }
    }
    if (spec->stop_gradient != NULL && !check_stop_gradient(spec, tensor)) {
        return false;
    }
    return spec->place == NULL || check_attribute(tensor, pfx.name_place, spec->place);
}

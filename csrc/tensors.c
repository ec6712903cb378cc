/* The framework's tensors, read through its own C++ accessors.

   Paddle's Python tensor holds a `paddle::Tensor` right behind its head, whose first field points
   at the implementation; the library exports `Tensor::dims()` and `Tensor::dtype()`. Nothing of
   that is taken on trust: use_tensor_accessors() follows the pointers of sample tensors through
   memory that the kernel says is readable, up to a virtual table whose symbol is that of
   `phi::DenseTensor`, and then compares what the accessors say with what Python said. */

#include "paddlefx.h"

#include <dlfcn.h>
#include <unistd.h>

#define DIMS_SYMBOL "_ZNK6paddle6Tensor4dimsEv"
#define DTYPE_SYMBOL "_ZNK6paddle6Tensor5dtypeEv"
#define DENSE_TABLE_SYMBOL "_ZTVN3phi11DenseTensorE"

static inline const void *
tensor_in(PyObject *object)
{
    return (const char *)object + sizeof(PyObject);
}

pfx_tensor_kind
pfx_read_tensor(PyObject *object, const void **tensor)
{
    PyTypeObject *type = Py_TYPE(object), *known = pfx.tensors.type;
    if (known == NULL || (type != known && !PyType_IsSubtype(type, known))) {
        return PFX_TENSOR_UNREAD;
    }
    *tensor = tensor_in(object);
    const void *const *implementation = *(const void *const *const *)*tensor;
    if (implementation == NULL || *implementation != pfx.tensors.dense_table) {
        return PFX_TENSOR_NOT_DENSE;
    }
    return PFX_TENSOR_DENSE;
}

const pfx_dims *
pfx_tensor_dims(const void *tensor)
{
    return pfx.tensors.dims(tensor);
}

int
pfx_tensor_dtype(const void *tensor)
{
    return pfx.tensors.dtype(tensor);
}

/* -- the proof */

/* Copies a pointer if the kernel can read it where it is. */
static bool
peek(const int pipe_ends[2], const void *address, const void **value)
{
    return write(pipe_ends[1], address, sizeof(*value)) == (ssize_t)sizeof(*value)
           && read(pipe_ends[0], (void *)value, sizeof(*value)) == (ssize_t)sizeof(*value);
}

/* The virtual table of the implementation, if it is that of dense tensors; else NULL. */
static const void *
proved_table(const int pipe_ends[2], PyObject *object)
{
    const void *implementation, *table;
    Dl_info symbol;
    if (Py_TYPE(object)->tp_basicsize < (Py_ssize_t)(sizeof(PyObject) + sizeof(void *))
        || !peek(pipe_ends, tensor_in(object), &implementation)
        || !peek(pipe_ends, implementation, &table) || dladdr(table, &symbol) == 0
        || symbol.dli_sname == NULL || strcmp(symbol.dli_sname, DENSE_TABLE_SYMBOL) != 0) {
        return NULL;
    }
    return table;
}

/* Whether the accessors give the sizes and, for each dtype, one code of its own. */
static bool
agrees(PyObject *object, PyObject *shape, Py_ssize_t dtype)
{
    const void *tensor;
    if (pfx_read_tensor(object, &tensor) != PFX_TENSOR_DENSE) {
        return false;
    }
    const pfx_dims *dims = pfx_tensor_dims(tensor);
    if (dims->rank != PyTuple_GET_SIZE(shape)) {
        return false;
    }
    for (int i = 0; i < dims->rank; i++) {
        if (dims->sizes[i] != PyLong_AsLongLong(PyTuple_GET_ITEM(shape, i))) {
            return false;
        }
    }
    return pfx_tensor_dtype(tensor) == dtype;
}

static bool
all_agree(PyObject *samples)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(samples); i++) {
        PyObject *object, *shape;
        Py_ssize_t dtype;
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(samples, i), "OO!n", &object, &PyTuple_Type, &shape,
                              &dtype)
            || !agrees(object, shape, dtype)) {
            return false;
        }
    }
    return PyTuple_GET_SIZE(samples) > 0;
}

/* Fills `found` as far as the samples prove it: true when everything is there. */
static bool
find_accessors(const char *path, PyObject *samples, pfx_tensors *found)
{
    int pipe_ends[2];
    void *library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    if (library == NULL) {
        return false;
    }
    /* The library stays loaded as long as Paddle's module, which is never unloaded. */
    *(void **)&found->dims = dlsym(library, DIMS_SYMBOL);
    *(void **)&found->dtype = dlsym(library, DTYPE_SYMBOL);
    dlclose(library);
    if (found->dims == NULL || found->dtype == NULL || pipe(pipe_ends) < 0) {
        return false;
    }
    bool proved = true;
    for (Py_ssize_t i = 0; proved && i < PyTuple_GET_SIZE(samples); i++) {
        PyObject *sample = PyTuple_GET_ITEM(samples, i);
        PyObject *object = PyTuple_Check(sample) && PyTuple_GET_SIZE(sample) == 3
                               ? PyTuple_GET_ITEM(sample, 0)
                               : NULL;
        const void *table = NULL;
        if (object != NULL && PyType_IsSubtype(Py_TYPE(object), found->type)) {
            table = proved_table(pipe_ends, object);
        }
        proved = table != NULL && (i == 0 || table == found->dense_table);
        found->dense_table = table;
    }
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return proved;
}

static PyObject *
use_tensor_accessors(PyObject *module, PyObject *args)
{
    (void)module;
    const char *path;
    PyObject *type, *samples;
    if (!PyArg_ParseTuple(args, "sO!O!:use_tensor_accessors", &path, &PyType_Type, &type,
                          &PyTuple_Type, &samples)) {
        return NULL;
    }
    pfx_tensors found = {.type = (PyTypeObject *)type};
    pfx_tensors old = pfx.tensors;
    pfx.tensors = (pfx_tensors){NULL, NULL, NULL, NULL};
    bool use = find_accessors(path, samples, &found);
    if (use) {
        Py_INCREF(type);
        pfx.tensors = found;
        use = all_agree(samples);
        if (!use) {
            pfx.tensors = (pfx_tensors){NULL, NULL, NULL, NULL};
            Py_DECREF(type);
        }
    }
    Py_XDECREF((PyObject *)old.type);
    if (PyErr_Occurred()) {
        return NULL;
    }
    return PyBool_FromLong(use);
}

PyMethodDef pfx_tensors_methods[] = {
    {"use_tensor_accessors", use_tensor_accessors, METH_VARARGS,
     "use_tensor_accessors(library, type, samples) -> whether tensors are read through the C++\n"
     "accessors of a loaded library from now on; samples: (tensor, its sizes, its dtype's code)"},
    {NULL, NULL, 0, NULL},
};

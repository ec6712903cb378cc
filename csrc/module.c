/* The module paddlefx._C: its state, its types and its functions. */

#include "paddlefx.h"

pfx_state pfx;
__thread pfx_thread pfx_this_thread __attribute__((tls_model("initial-exec")));

/* -- UNBOUND */

static PyObject *
unbound_repr(PyObject *self)
{
    (void)self;
    return PyUnicode_FromString("UNBOUND");
}

static PyObject *
unbound_reduce(PyObject *self, PyObject *ignored)
{
    (void)self;
    (void)ignored;
    return PyUnicode_FromString("UNBOUND");
}

static PyMethodDef unbound_methods[] = {
    {"__reduce__", unbound_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject pfx_unbound_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "paddlefx._C.UnboundType",
    .tp_doc = "The type of UNBOUND, which stands for a local without a value.",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_repr = unbound_repr,
    .tp_methods = unbound_methods,
};

/* -- functions */

static PyObject *
set_enabled(PyObject *module, PyObject *argument)
{
    (void)module;
    int enabled = PyObject_IsTrue(argument);
    if (enabled < 0) {
        return NULL;
    }
    int previous = !pfx_this_thread.disabled;
    pfx_this_thread.disabled = !enabled;
    return PyBool_FromLong(previous);
}

static PyObject *
is_enabled(PyObject *module, PyObject *ignored)
{
    (void)module;
    (void)ignored;
    return PyBool_FromLong(!pfx_this_thread.disabled);
}

static PyObject *
counters(PyObject *module, PyObject *ignored)
{
    (void)module;
    (void)ignored;
    return Py_BuildValue("{sKsKsKsKsKsKsKsK}",
                         "cache_hits", (unsigned long long)pfx.cache_hits,
                         "cache_misses", (unsigned long long)pfx.cache_misses,
                         "plain_calls", (unsigned long long)pfx.plain_calls,
                         "hook_frames", (unsigned long long)pfx.hook_frames,
                         "hook_replaced", (unsigned long long)pfx.hook_replaced,
                         "hook_called", (unsigned long long)pfx.hook_called,
                         "hook_misses", (unsigned long long)pfx.hook_misses,
                         "hook_skipped", (unsigned long long)pfx.hook_skipped);
}

static PyObject *
reset_counters(PyObject *module, PyObject *ignored)
{
    (void)module;
    (void)ignored;
    pfx.cache_hits = pfx.cache_misses = pfx.plain_calls = 0;
    pfx.hook_frames = pfx.hook_replaced = pfx.hook_called = 0;
    pfx.hook_misses = pfx.hook_skipped = 0;
    Py_RETURN_NONE;
}

static PyMethodDef module_methods[] = {
    {"set_enabled", set_enabled, METH_O,
     "set_enabled(enabled) -> previous: whether dispatchers and the hook act on this thread"},
    {"is_enabled", is_enabled, METH_NOARGS, "is_enabled() -> bool, for this thread"},
    {"counters", counters, METH_NOARGS, "counters() -> dict of what was counted in C"},
    {"reset_counters", reset_counters, METH_NOARGS, "reset_counters(): all to zero"},
    {NULL, NULL, 0, NULL},
};

/* -- state */

/* What a dict of 3.8-3.10 points at as its look-up once it met a key that is no str. */
static int
learn_general_lookup(void)
{
#ifndef PFX_DICT_HAS_KIND
    PyObject *dict = PyDict_New();
    PyObject *key = PyLong_FromLong(1);
    if (dict == NULL || key == NULL || PyDict_SetItem(dict, key, key) < 0) {
        Py_XDECREF(dict);
        Py_XDECREF(key);
        return -1;
    }
    struct keys_head { /* as in reads.c */
        Py_ssize_t refcnt;
        Py_ssize_t size;
        const void *lookup;
    };
    pfx.general_lookup = ((struct keys_head *)((PyDictObject *)dict)->ma_keys)->lookup;
    Py_DECREF(dict);
    Py_DECREF(key);
#endif
    return 0;
}

static int
learn_thread_local(void)
{
    PyObject *module = PyImport_ImportModule("_thread");
    if (module == NULL) {
        return -1;
    }
    PyObject *local = PyObject_GetAttrString(module, "_local");
    Py_DECREF(module);
    if (local == NULL) {
        return -1;
    }
    pfx.thread_local_getattr = ((PyTypeObject *)local)->tp_getattro;
    Py_DECREF(local);
    return 0;
}

static int
fill_state(void)
{
    if (pfx.unbound != NULL) {
        return 0;
    }
    pfx.extra_index = -1;
    pfx.empty_tuple = PyTuple_New(0);
    pfx.name_dtype = PyUnicode_InternFromString("dtype");
    pfx.name_shape = PyUnicode_InternFromString("shape");
    pfx.name_stop_gradient = PyUnicode_InternFromString("stop_gradient");
    pfx.name_place = PyUnicode_InternFromString("place");
    pfx.name_equals = PyUnicode_InternFromString("_equals");
    pfx.name_getattr = PyUnicode_InternFromString("getattr");
    pfx.name_fget = PyUnicode_InternFromString("fget");
    pfx.name_is_dense = PyUnicode_InternFromString("is_dense");
    PyObject *const names[] = {
        pfx.name_dtype, pfx.name_shape, pfx.name_stop_gradient, pfx.name_place,
        pfx.name_equals, pfx.name_getattr, pfx.name_fget, pfx.name_is_dense,
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i] == NULL || PyObject_Hash(names[i]) == -1) {
            return -1;
        }
    }
    if (pfx.empty_tuple == NULL || learn_general_lookup() < 0 || learn_thread_local() < 0) {
        return -1;
    }
    pfx.unbound = PyObject_New(PyObject, &pfx_unbound_type);
    return pfx.unbound == NULL ? -1 : 0;
}

static int
add(PyObject *module, const char *name, PyObject *object)
{
    Py_INCREF(object);
    if (PyModule_AddObject(module, name, object) < 0) {
        Py_DECREF(object);
        return -1;
    }
    return 0;
}

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "paddlefx._C",
    .m_doc = "Guards, dispatchers and the frame hook of paddlefx.",
    .m_size = -1,
    .m_methods = module_methods,
};

__attribute__((visibility("default"))) PyMODINIT_FUNC /* 3.8 exports nothing by itself */
PyInit__C(void)
{
    static const struct {
        const char *name;
        PyTypeObject *type;
    } types[] = {
        {"UnboundType", &pfx_unbound_type},
        {NULL, &pfx_death_type},
        {"GuardProgram", &pfx_guards_type},
        {"Entry", &pfx_entry_type},
        {"CodeCache", &pfx_cache_type},
        {"FrameState", &pfx_frame_state_type},
        {"Dispatcher", &pfx_dispatcher_type},
        {"BoundDispatcher", &pfx_bound_dispatcher_type},
        {"Continuation", &pfx_continuation_type},
    };
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (PyType_Ready(types[i].type) < 0) {
            goto fail;
        }
        if (types[i].name != NULL && add(module, types[i].name, (PyObject *)types[i].type) < 0) {
            goto fail;
        }
    }
    if (fill_state() < 0 || add(module, "UNBOUND", pfx.unbound) < 0) {
        goto fail;
    }
    if (PyModule_AddFunctions(module, pfx_hook_methods) < 0
        || PyModule_AddFunctions(module, pfx_class_methods) < 0
        || PyModule_AddFunctions(module, pfx_continuation_methods) < 0
        || PyModule_AddFunctions(module, pfx_iterators_methods) < 0
        || PyModule_AddFunctions(module, pfx_sets_methods) < 0
        || PyModule_AddFunctions(module, pfx_tensors_methods) < 0
        || PyModule_AddFunctions(module, pfx_fingerprint_methods) < 0
        || PyModule_AddFunctions(module, pfx_finite_methods) < 0
        || PyModule_AddFunctions(module, pfx_collector_methods) < 0
        || PyModule_AddFunctions(module, pfx_builtins_methods) < 0) {
        goto fail;
    }
    return module;
fail:
    Py_DECREF(module);
    return NULL;
}

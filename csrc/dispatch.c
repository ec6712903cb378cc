/* Dispatcher: what optimize() returns. A call binds the arguments, evaluates the
   guards of what was compiled so far and runs the first entry that fits, with the
   arguments as they came. No Python of ours runs on that path. */

#include "paddlefx.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *function;  /* a Python function */
    PyObject *translate;
    PyObject *instance;  /* first argument of every call; NULL when not bound */
    PyObject *code;      /* the function's code that `cache` is for */
    pfx_cache *cache;
    bool shares_cache;   /* with functions of the same code and other closures */
    PyObject *dict;
    PyObject *weakrefs;
} dispatcher;

/* -- calls */

/* Recursion through a dispatcher nests C frames where recursion of the plain function has only
   the limit of sys.setrecursionlimit() (3.12-): from some depth on, what the evaluation takes
   of the limit of C calls is given back, as long as the C stack surely has room. */
#define FIRST_RELIEVED 64
#define LAST_RELIEVED 3000

/* PyObject_Vectorcall, which checks the callee, isn't needed for what the interpreter runs. */
static inline PyObject *
enter(PyObject *target, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (PyFunction_Check(target)) {
        return ((PyFunctionObject *)target)->vectorcall(target, args, nargsf, kwnames);
    }
    return PyObject_Vectorcall(target, args, nargsf, kwnames);
}

static inline PyObject *
call(PyObject *target, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
#ifdef PFX_EVAL_C_UNITS
    int depth = pfx_this_thread.dispatches++;
    PyThreadState *tstate = NULL;
    if (depth >= FIRST_RELIEVED && depth < LAST_RELIEVED) {
        tstate = PyThreadState_Get();
        tstate->c_recursion_remaining += PFX_EVAL_C_UNITS;
    }
    PyObject *result = enter(target, args, nargsf, kwnames);
    if (tstate != NULL) {
        tstate->c_recursion_remaining -= PFX_EVAL_C_UNITS;
    }
    pfx_this_thread.dispatches--;
    return result;
#else
    return enter(target, args, nargsf, kwnames);
#endif
}

static PyObject *
call_plain(dispatcher *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    pfx.plain_calls++;
    PyObject *function = Py_NewRef(self->function);
    PyObject *result = call(function, args, nargsf, kwnames);
    Py_DECREF(function);
    return result;
}

/* The function was given another code object: what was compiled doesn't fit any more. */
static int
renew_cache(dispatcher *self)
{
    PyObject *code = ((PyFunctionObject *)self->function)->func_code;
    PyObject *cache = pfx_cache_new(code, self->translate);
    if (cache == NULL) {
        return -1;
    }
    Py_XSETREF(self->code, Py_NewRef(code));
    PyObject *old = (PyObject *)self->cache;
    self->cache = (pfx_cache *)cache;
    Py_XDECREF(old);
    return 0;
}

/* Nothing compiled fits: translate, and run what comes back. */
static PyObject *
call_missed(dispatcher *self, const pfx_scope *scope, pfx_binding *binding,
            PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    pfx.cache_misses++;
    PyObject *state = pfx_frame_state_new((PyCodeObject *)self->code, scope, self->function);
    pfx_unbind(binding);
    if (state == NULL) {
        return NULL;
    }
    PyObject *target = pfx_translate(self->cache, self->translate, state);
    Py_DECREF(state);
    if (target == NULL) {
        return NULL;
    }
    PyObject *result;
    if (target == Py_None) {
        result = call_plain(self, args, nargsf, kwnames);
    }
    else {
        result = call(target, args, nargsf, kwnames);
    }
    Py_DECREF(target);
    return result;
}

PyObject *
pfx_closed_over(PyObject *code, PyObject *function)
{
    PyFunctionObject *like = (PyFunctionObject *)function;
    PyObject *made = PyFunction_NewWithQualName(code, like->func_globals, like->func_qualname);
    if (made != NULL && like->func_closure != NULL
        && PyFunction_SetClosure(made, like->func_closure) < 0) {
        Py_CLEAR(made);
    }
    return made;
}

/* A call with one more argument before the others. */
typedef PyObject *(*pfx_called)(PyObject *, PyObject *const *, size_t, PyObject *);

static PyObject *
call_with(pfx_called called, PyObject *target, PyObject *first, PyObject *const *args,
          size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    PyObject *result;
    if (nargsf & PY_VECTORCALL_ARGUMENTS_OFFSET) { /* the slot before the arguments is ours */
        PyObject **shifted = (PyObject **)args - 1;
        PyObject *kept = shifted[0];
        shifted[0] = first;
        result = called(target, shifted, (size_t)nargs + 1, kwnames);
        shifted[0] = kept;
        return result;
    }
    Py_ssize_t total = nargs + (kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames));
    PyObject *few[PFX_FEW_PARAMETERS + 1];
    PyObject **copy = few;
    if (total > PFX_FEW_PARAMETERS) {
        copy = PyMem_New(PyObject *, total + 1);
        if (copy == NULL) {
            return PyErr_NoMemory();
        }
    }
    copy[0] = first;
    if (total > 0) {
        memcpy(copy + 1, args, (size_t)total * sizeof(PyObject *));
    }
    result = called(target, copy, (size_t)nargs + 1, kwnames);
    if (copy != few) {
        PyMem_Free(copy);
    }
    return result;
}

static PyObject *
dispatch(dispatcher *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyFunctionObject *function = (PyFunctionObject *)self->function;
    if (pfx_this_thread.disabled
        || (pfx_this_thread.translating != NULL && pfx_is_translating(self->cache))) {
        return call_plain(self, args, nargsf, kwnames);
    }
    if (function->func_code != self->code && renew_cache(self) < 0) {
        return NULL;
    }
    pfx_binding binding;
    if (!pfx_bind(self->function, args, PyVectorcall_NARGS(nargsf), kwnames, &binding)) {
        return call_plain(self, args, nargsf, kwnames); /* which raises CPython's own error */
    }
    PyObject *closure = function->func_closure;
    pfx_scope scope = {
        .locals = binding.values,
        .nlocals = binding.count,
        .cells = closure == NULL ? NULL : ((PyTupleObject *)closure)->ob_item,
        .ncells = closure == NULL ? 0 : PyTuple_GET_SIZE(closure),
        .globals = function->func_globals,
        .builtins = pfx_function_builtins(self->function),
    };
    pfx_entry *entry = pfx_cache_find(self->cache, &scope, true);
    if (entry == NULL) {
        return call_missed(self, &scope, &binding, args, nargsf, kwnames);
    }
    pfx_unbind(&binding);
    if (entry->plain || entry->function == NULL) {
        Py_DECREF(entry);
        return call_plain(self, args, nargsf, kwnames);
    }
    if (self->shares_cache && entry->code == NULL) { /* which calls the plain function */
        PyObject *calls = Py_NewRef(entry->function);
        Py_DECREF(entry);
        PyObject *result = call_with(call, calls, self->function, args, nargsf, kwnames);
        Py_DECREF(calls);
        return result;
    }
    PyObject *target = self->shares_cache
                           ? pfx_closed_over(entry->code, self->function)
                           : Py_NewRef(entry->function);
    Py_DECREF(entry);
    if (target == NULL) {
        return NULL;
    }
    PyObject *result = call(target, args, nargsf, kwnames);
    Py_DECREF(target);
    return result;
}

PyObject *
pfx_dispatch(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return dispatch((dispatcher *)self, args, nargsf, kwnames);
}

static PyObject *
dispatcher_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return pfx_continue(dispatch((dispatcher *)self, args, nargsf, kwnames));
}

/* The same with the instance put before the arguments. */
static PyObject *
bound_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *instance = ((dispatcher *)self)->instance;
    return pfx_continue(call_with(pfx_dispatch, self, instance, args, nargsf, kwnames));
}

/* -- life */

static PyObject *
dispatcher_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"function", "translate", "instance", NULL};
    PyObject *function, *translate, *instance = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O|$O:Dispatcher", names, &PyFunction_Type,
                                     &function, &translate, &instance)) {
        return NULL;
    }
    if (!PyCallable_Check(translate)) {
        PyErr_SetString(PyExc_TypeError, "translate must be callable");
        return NULL;
    }
    if (instance != Py_None && type == &pfx_dispatcher_type) {
        type = &pfx_bound_dispatcher_type;
    }
    dispatcher *self = (dispatcher *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->vectorcall = instance == Py_None ? dispatcher_call : bound_call;
    self->function = Py_NewRef(function);
    self->translate = Py_NewRef(translate);
    self->instance = instance == Py_None ? NULL : Py_NewRef(instance);
    if (renew_cache(self) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static int
dispatcher_traverse(dispatcher *self, visitproc visit, void *arg)
{
    Py_VISIT(self->function);
    Py_VISIT(self->translate);
    Py_VISIT(self->instance);
    Py_VISIT(self->code);
    Py_VISIT(self->cache);
    Py_VISIT(self->dict);
    return 0;
}

/* What a call can still meet (function, translate, cache) stays; cycles go through the rest
   or are broken where they lead. */
static int
dispatcher_clear(dispatcher *self)
{
    Py_CLEAR(self->dict);
    if (self->cache != NULL && !self->shares_cache) {
        Py_SETREF(self->cache->entries, Py_NewRef(pfx.empty_tuple));
    }
    return 0;
}

static void
dispatcher_dealloc(dispatcher *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (self->weakrefs != NULL) {
        PyObject_ClearWeakRefs((PyObject *)self);
    }
    Py_CLEAR(self->dict);
    Py_CLEAR(self->cache);
    Py_CLEAR(self->code);
    Py_CLEAR(self->instance);
    Py_CLEAR(self->translate);
    Py_CLEAR(self->function);
    type->tp_free((PyObject *)self);
}

/* -- attributes: the function's own, unless set on the dispatcher */

static PyObject *
dispatcher_getattro(PyObject *object, PyObject *name)
{
    PyObject *value = PyObject_GenericGetAttr(object, name);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        value = PyObject_GetAttr(((dispatcher *)object)->function, name);
    }
    return value;
}

/* Names that type itself has, so that the fallback would never see them. */
static PyObject *
forwarded_get(dispatcher *self, void *name)
{
    PyObject *key = PyUnicode_FromString(name);
    if (key == NULL) {
        return NULL;
    }
    PyObject *own = self->dict == NULL ? NULL : PyDict_GetItemWithError(self->dict, key);
    PyObject *value = NULL;
    if (own != NULL) {
        value = Py_NewRef(own);
    }
    else if (!PyErr_Occurred()) {
        value = PyObject_GetAttr(self->function, key);
    }
    Py_DECREF(key);
    return value;
}

static int
forwarded_set(dispatcher *self, PyObject *value, void *name)
{
    if (self->dict == NULL && (self->dict = PyDict_New()) == NULL) {
        return -1;
    }
    if (value == NULL) {
        if (PyDict_DelItemString(self->dict, name) < 0) {
            if (PyErr_ExceptionMatches(PyExc_KeyError)) {
                PyErr_SetString(PyExc_AttributeError, name);
            }
            return -1;
        }
        return 0;
    }
    return PyDict_SetItemString(self->dict, name, value);
}

/* inspect.signature and inspect.unwrap follow it; bound, it shows no first parameter. */
static PyObject *
get_wrapped(dispatcher *self, void *closure)
{
    (void)closure;
    if (self->instance != NULL) {
        return PyMethod_New(self->function, self->instance);
    }
    return Py_NewRef(self->function);
}

static PyObject *
get_instance(dispatcher *self, void *closure)
{
    (void)closure;
    return Py_NewRef(self->instance == NULL ? Py_None : self->instance);
}

static PyObject *
get_cache(dispatcher *self, void *closure)
{
    (void)closure;
    if (((PyFunctionObject *)self->function)->func_code != self->code && renew_cache(self) < 0) {
        return NULL;
    }
    return Py_NewRef(self->cache);
}

static PyObject *
dispatcher_get(PyObject *self, PyObject *object, PyObject *type)
{
    (void)type;
    if (object == NULL || object == Py_None) {
        return Py_NewRef(self);
    }
    return PyMethod_New(self, object);
}

static PyObject *
bound_get(PyObject *self, PyObject *object, PyObject *type)
{
    (void)object;
    (void)type;
    return Py_NewRef(self);
}

static PyObject *
dispatcher_repr(dispatcher *self)
{
    if (self->instance != NULL) {
        return PyUnicode_FromFormat("<optimized %R of %R>", self->function, self->instance);
    }
    return PyUnicode_FromFormat("<optimized %R>", self->function);
}

/* Copied and pickled as a function is: by name. */
static PyObject *
dispatcher_reduce(dispatcher *self, PyObject *ignored)
{
    (void)ignored;
    if (self->instance != NULL) { /* loads as the plain method, as a method does */
        PyObject *getattr = PyObject_GetItem(PyEval_GetBuiltins(), pfx.name_getattr);
        PyObject *name = PyObject_GetAttrString(self->function, "__name__");
        if (getattr == NULL || name == NULL) {
            Py_XDECREF(getattr);
            Py_XDECREF(name);
            return NULL;
        }
        return Py_BuildValue("N(ON)", getattr, self->instance, name);
    }
    return PyObject_GetAttrString(self->function, "__qualname__");
}

static PyObject *
dispatcher_copy(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    return Py_NewRef(self);
}

/* A bound dispatcher goes with the copy of its instance. */
static PyObject *
dispatcher_deepcopy(dispatcher *self, PyObject *memo)
{
    if (self->instance == NULL) {
        return Py_NewRef(self);
    }
    PyObject *copy = PyImport_ImportModule("copy");
    if (copy == NULL) {
        return NULL;
    }
    PyObject *instance = PyObject_CallMethod(copy, "deepcopy", "OO", self->instance, memo);
    Py_DECREF(copy);
    if (instance == NULL) {
        return NULL;
    }
    PyObject *args = Py_BuildValue("(OO)", self->function, self->translate);
    PyObject *kwargs = Py_BuildValue("{sO}", "instance", instance);
    PyObject *result = NULL;
    if (args != NULL && kwargs != NULL) {
        result = PyObject_Call((PyObject *)&pfx_dispatcher_type, args, kwargs);
    }
    Py_XDECREF(args);
    Py_XDECREF(kwargs);
    Py_DECREF(instance);
    return result;
}

/* The same code with other cells: what was compiled is found again in the same cache. */
static PyObject *
dispatcher_with_closure(dispatcher *self, PyObject *closure)
{
    PyObject *function = PyFunction_NewWithQualName(
        self->code, ((PyFunctionObject *)self->function)->func_globals,
        ((PyFunctionObject *)self->function)->func_qualname);
    if (function == NULL) {
        return NULL;
    }
    PyObject *own = ((PyFunctionObject *)self->function)->func_closure;
    Py_ssize_t free = own == NULL ? 0 : PyTuple_GET_SIZE(own);
    bool fits = PyTuple_CheckExact(closure) && PyTuple_GET_SIZE(closure) == free;
    for (Py_ssize_t i = 0; fits && i < free; i++) {
        fits = PyCell_Check(PyTuple_GET_ITEM(closure, i));
    }
    if (!fits) {
        PyErr_Format(PyExc_TypeError, "with_closure() takes a tuple of %zd cells", free);
        Py_DECREF(function);
        return NULL;
    }
    if (PyFunction_SetClosure(function, closure) < 0) {
        Py_DECREF(function);
        return NULL;
    }
    dispatcher *made = (dispatcher *)pfx_dispatcher_type.tp_alloc(&pfx_dispatcher_type, 0);
    if (made == NULL) {
        Py_DECREF(function);
        return NULL;
    }
    made->vectorcall = dispatcher_call;
    made->function = function;
    made->translate = Py_NewRef(self->translate);
    made->code = Py_NewRef(self->code);
    made->cache = (pfx_cache *)Py_NewRef(self->cache);
    made->shares_cache = true;
    return (PyObject *)made;
}

static PyMethodDef dispatcher_methods[] = {
    {"with_closure", (PyCFunction)dispatcher_with_closure, METH_O,
     "with_closure(cells) -> a dispatcher of the same code with these cells, sharing its cache"},
    {"__reduce__", (PyCFunction)dispatcher_reduce, METH_NOARGS, NULL},
    {"__copy__", dispatcher_copy, METH_NOARGS, NULL},
    {"__deepcopy__", (PyCFunction)dispatcher_deepcopy, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef dispatcher_members[] = {
    {"translate", T_OBJECT, offsetof(dispatcher, translate), READONLY,
     "translate(cache, state) -> callable or None, asked on a miss"},
    {NULL, 0, 0, 0, NULL},
};

#define FORWARDED(name) \
    {name, (getter)forwarded_get, (setter)forwarded_set, NULL, (void *)name}

static PyGetSetDef dispatcher_getset[] = {
    {"__wrapped__", (getter)get_wrapped, NULL, "the plain function", NULL},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {"instance", (getter)get_instance, NULL, "what it is bound to, or None", NULL},
    {"cache", (getter)get_cache, NULL, "the CodeCache of the function's code", NULL},
    FORWARDED("__doc__"),
    FORWARDED("__module__"),
    FORWARDED("__name__"),
    FORWARDED("__qualname__"),
    FORWARDED("__annotations__"),
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject pfx_dispatcher_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "paddlefx._C.Dispatcher",
    .tp_basicsize = sizeof(dispatcher),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE
                | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_new = dispatcher_new,
    .tp_dealloc = (destructor)dispatcher_dealloc,
    .tp_traverse = (traverseproc)dispatcher_traverse,
    .tp_clear = (inquiry)dispatcher_clear,
    .tp_vectorcall_offset = offsetof(dispatcher, vectorcall),
    .tp_call = PyVectorcall_Call,
    .tp_descr_get = dispatcher_get,
    .tp_getattro = dispatcher_getattro,
    .tp_repr = (reprfunc)dispatcher_repr,
    .tp_dictoffset = offsetof(dispatcher, dict),
    .tp_weaklistoffset = offsetof(dispatcher, weakrefs),
    .tp_methods = dispatcher_methods,
    .tp_members = dispatcher_members,
    .tp_getset = dispatcher_getset,
};

/* With an instance: a type of its own, because the flag that lets the interpreter call
   `obj.method()` without binding belongs to types. */
PyTypeObject pfx_bound_dispatcher_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "paddlefx._C.BoundDispatcher",
    .tp_base = &pfx_dispatcher_type,
    .tp_basicsize = sizeof(dispatcher),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = dispatcher_new,
    .tp_dealloc = (destructor)dispatcher_dealloc,
    .tp_traverse = (traverseproc)dispatcher_traverse,
    .tp_clear = (inquiry)dispatcher_clear,
    .tp_vectorcall_offset = offsetof(dispatcher, vectorcall),
    .tp_call = PyVectorcall_Call,
    .tp_descr_get = bound_get,
};

/* Entry and CodeCache: what was compiled for a code object, and how a call finds it.

   The entries of a cache are one immutable tuple that is replaced as a whole. A
   look-up holds the tuple, so nobody can free an entry under it. */

#include "paddlefx.h"

/* -- Entry */

static int
entry_init(pfx_entry *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"guards", "function", "code", "plain", NULL};
    PyObject *guards, *function = Py_None, *code = Py_None;
    int plain = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|OOp:Entry", names, &pfx_guards_type,
                                     &guards, &function, &code, &plain)) {
        return -1;
    }
    if (code != Py_None && !PyCode_Check(code)) {
        PyErr_SetString(PyExc_TypeError, "code must be a code object or None");
        return -1;
    }
    if (function != Py_None && !PyCallable_Check(function)) {
        PyErr_SetString(PyExc_TypeError, "function must be callable or None");
        return -1;
    }
    if (function == Py_None && !plain) {
        PyErr_SetString(PyExc_TypeError, "an entry has a function or is plain");
        return -1;
    }
    PyObject *old = (PyObject *)self->guards;
    self->guards = (pfx_guards *)Py_NewRef(guards);
    Py_XDECREF(old);
    Py_XSETREF(self->function, Py_NewRef(function));
    Py_XSETREF(self->code, code == Py_None ? NULL : Py_NewRef(code));
    self->plain = plain != 0;
    self->valid = true;
    return 0;
}

static int
entry_traverse(pfx_entry *self, visitproc visit, void *arg)
{
    Py_VISIT(self->guards);
    Py_VISIT(self->function);
    Py_VISIT(self->code);
    return 0;
}

static int
entry_clear(pfx_entry *self)
{
    self->valid = false;
    Py_CLEAR(self->guards);
    Py_CLEAR(self->function);
    Py_CLEAR(self->code);
    return 0;
}

static void
entry_dealloc(pfx_entry *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (self->weakrefs != NULL) {
        PyObject_ClearWeakRefs((PyObject *)self);
    }
    entry_clear(self);
    type->tp_free((PyObject *)self);
}

static bool
entry_is_live(const pfx_entry *entry)
{
    return entry->valid && entry->guards != NULL && !entry->guards->dead;
}

static PyObject *
entry_get_valid(pfx_entry *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(entry_is_live(self));
}

static int
entry_set_valid(pfx_entry *self, PyObject *value, void *closure)
{
    (void)closure;
    int valid = value == NULL ? -1 : PyObject_IsTrue(value);
    if (valid < 0) {
        if (value == NULL) {
            PyErr_SetString(PyExc_TypeError, "can't delete valid");
        }
        return -1;
    }
    self->valid = valid != 0;
    return 0;
}

static PyMemberDef entry_members[] = {
    {"guards", T_OBJECT, offsetof(pfx_entry, guards), READONLY, "when it may run"},
    {"function", T_OBJECT, offsetof(pfx_entry, function), READONLY,
     "what runs, with the signature of the plain function; or None"},
    {"code", T_OBJECT, offsetof(pfx_entry, code), READONLY,
     "what the hook runs in place of the frame's code; or None"},
    {"hits", T_ULONGLONG, offsetof(pfx_entry, hits), 0, "how often it was chosen"},
    {"plain", T_BOOL, offsetof(pfx_entry, plain), READONLY,
     "whether choosing it means running the plain function"},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef entry_getset[] = {
    {"valid", (getter)entry_get_valid, (setter)entry_set_valid,
     "whether it can still be chosen; false once its guards are dead", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject pfx_entry_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "paddlefx._C.Entry",
    .tp_doc = "Entry(guards, function=None, code=None, plain=False): one compiled form",
    .tp_basicsize = sizeof(pfx_entry),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)entry_init,
    .tp_dealloc = (destructor)entry_dealloc,
    .tp_traverse = (traverseproc)entry_traverse,
    .tp_clear = (inquiry)entry_clear,
    .tp_weaklistoffset = offsetof(pfx_entry, weakrefs),
    .tp_members = entry_members,
    .tp_getset = entry_getset,
};

/* -- CodeCache */

PyObject *
pfx_cache_new(PyObject *code, PyObject *translate)
{
    return PyObject_CallFunctionObjArgs((PyObject *)&pfx_cache_type, code,
                                        translate == NULL ? Py_None : translate, NULL);
}

static PyObject *
cache_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"code", "translate", NULL};
    PyObject *code, *translate = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|O:CodeCache", names, &PyCode_Type, &code,
                                     &translate)) {
        return NULL;
    }
    pfx_cache *self = (pfx_cache *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->entries = Py_NewRef(pfx.empty_tuple);
    self->translate = translate == Py_None ? NULL : Py_NewRef(translate);
    self->code = PyWeakref_NewRef(code, NULL);
    if (self->code == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static int
cache_traverse(pfx_cache *self, visitproc visit, void *arg)
{
    Py_VISIT(self->code);
    Py_VISIT(self->translate);
    Py_VISIT(self->entries);
    return 0;
}

static int
cache_clear(pfx_cache *self)
{
    Py_XSETREF(self->entries, Py_NewRef(pfx.empty_tuple));
    self->latest = NULL;
    Py_CLEAR(self->translate);
    return 0;
}

static void
cache_dealloc(pfx_cache *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (self->weakrefs != NULL) {
        PyObject_ClearWeakRefs((PyObject *)self);
    }
    Py_CLEAR(self->code);
    Py_CLEAR(self->translate);
    Py_CLEAR(self->entries);
    type->tp_free((PyObject *)self);
}

/* A tuple of `first` (or NULL) and then the live ones of `entries` without `without`. */
static PyObject *
reordered(PyObject *first, PyObject *entries, PyObject *without)
{
    Py_ssize_t size = PyTuple_GET_SIZE(entries), count = first == NULL ? 0 : 1;
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *entry = PyTuple_GET_ITEM(entries, i);
        count += entry != without && entry_is_live((pfx_entry *)entry);
    }
    PyObject *result = PyTuple_New(count);
    if (result == NULL) {
        return NULL;
    }
    Py_ssize_t at = 0;
    if (first != NULL) {
        PyTuple_SET_ITEM(result, at++, Py_NewRef(first));
    }
    for (Py_ssize_t i = 0; i < size && at < count; i++) {
        PyObject *entry = PyTuple_GET_ITEM(entries, i);
        if (entry != without && entry_is_live((pfx_entry *)entry)) {
            PyTuple_SET_ITEM(result, at++, Py_NewRef(entry));
        }
    }
    if (at < count && _PyTuple_Resize(&result, at) < 0) { /* one died in between */
        return NULL;
    }
    return result;
}

static bool
contains(PyObject *entries, PyObject *entry)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(entries); i++) {
        if (PyTuple_GET_ITEM(entries, i) == entry) {
            return true;
        }
    }
    return false;
}

/* To the front when it is hit twice in a row, so that alternating calls don't shuffle. */
static void
note_hit(pfx_cache *cache, pfx_entry *entry, Py_ssize_t at)
{
    if (at > 0 && cache->latest == entry && contains(cache->entries, (PyObject *)entry)) {
        PyObject *entries = reordered((PyObject *)entry, cache->entries, (PyObject *)entry);
        if (entries == NULL) {
            PyErr_Clear();
        }
        else {
            Py_SETREF(cache->entries, entries);
        }
    }
    cache->latest = entry;
}

pfx_entry *
pfx_cache_find(pfx_cache *cache, const pfx_scope *scope, bool counts)
{
    Py_INCREF(cache);
    PyObject *entries = Py_NewRef(cache->entries);
    Py_ssize_t size = PyTuple_GET_SIZE(entries);
    pfx_entry *found = NULL;
    for (Py_ssize_t i = 0; i < size; i++) {
        pfx_entry *entry = (pfx_entry *)PyTuple_GET_ITEM(entries, i);
        if (entry_is_live(entry) && pfx_guards_check(entry->guards, scope, NULL)) {
            found = (pfx_entry *)Py_NewRef(entry);
            if (counts) {
                entry->hits++;
                pfx.cache_hits++;
                note_hit(cache, entry, i);
            }
            break;
        }
    }
    Py_DECREF(entries);
    Py_DECREF(cache);
    return found;
}

/* Whether one code object can run in the frame of a call of the other; -1 with an error set. */
static int
same_layout(PyCodeObject *one, PyCodeObject *other)
{
    const int flags = CO_VARARGS | CO_VARKEYWORDS | CO_OPTIMIZED | CO_NEWLOCALS | CO_GENERATOR
                      | CO_COROUTINE | CO_ASYNC_GENERATOR;
    if (one->co_argcount != other->co_argcount
        || one->co_posonlyargcount != other->co_posonlyargcount
        || one->co_kwonlyargcount != other->co_kwonlyargcount
        || (one->co_flags & flags) != (other->co_flags & flags)) {
        return 0;
    }
    PyObject *mine = PyObject_GetAttrString((PyObject *)one, "co_freevars");
    PyObject *theirs = PyObject_GetAttrString((PyObject *)other, "co_freevars");
    int same = mine == NULL || theirs == NULL ? -1 : PyObject_RichCompareBool(mine, theirs, Py_EQ);
    Py_XDECREF(mine);
    Py_XDECREF(theirs);
    return same;
}

static PyObject *
cache_insert(pfx_cache *self, PyObject *entry)
{
    if (!PyObject_TypeCheck(entry, &pfx_entry_type)) {
        PyErr_SetString(PyExc_TypeError, "insert() takes an Entry");
        return NULL;
    }
    PyObject *code = ((pfx_entry *)entry)->code, *mine = pfx_weakref_get(self->code);
    int same = 1;
    if (code != NULL && mine != NULL) {
        same = same_layout((PyCodeObject *)code, (PyCodeObject *)mine);
    }
    if (same <= 0) {
        if (same == 0) {
            PyErr_SetString(PyExc_ValueError,
                            "the entry's code differs in parameters, free variables or kind");
        }
        return NULL;
    }
    PyObject *function = ((pfx_entry *)entry)->function;
    if ((function != NULL && pfx_leave_alone(function, mine) < 0)
        || (code != NULL && pfx_leave_alone(code, mine) < 0)) {
        return NULL;
    }
    PyObject *entries = reordered(entry, self->entries, entry);
    if (entries == NULL) {
        return NULL;
    }
    Py_SETREF(self->entries, entries);
    Py_RETURN_NONE;
}

static PyObject *
cache_remove(pfx_cache *self, PyObject *entry)
{
    bool there = contains(self->entries, entry);
    PyObject *entries = reordered(NULL, self->entries, entry);
    if (entries == NULL) {
        return NULL;
    }
    Py_SETREF(self->entries, entries);
    return PyBool_FromLong(there);
}

static PyObject *
cache_clear_entries(pfx_cache *self, PyObject *ignored)
{
    (void)ignored;
    Py_SETREF(self->entries, Py_NewRef(pfx.empty_tuple));
    self->latest = NULL;
    Py_RETURN_NONE;
}

static PyObject *
cache_get_code(pfx_cache *self, void *closure)
{
    (void)closure;
    PyObject *code = pfx_weakref_get(self->code);
    return Py_NewRef(code == NULL ? Py_None : code);
}

static PyObject *
cache_find(pfx_cache *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"state", "count", NULL};
    PyObject *state;
    int counts = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|p:find", names, &pfx_frame_state_type,
                                     &state, &counts)) {
        return NULL;
    }
    pfx_scope scope = pfx_frame_state_scope(state);
    pfx_entry *entry = pfx_cache_find(self, &scope, counts != 0);
    if (entry == NULL) {
        Py_RETURN_NONE;
    }
    return (PyObject *)entry;
}

/* -- translation */

bool
pfx_is_translating(const pfx_cache *cache)
{
    for (pfx_translating *at = pfx_this_thread.translating; at != NULL; at = at->outer) {
        if (at->cache == cache) {
            return true;
        }
    }
    return false;
}

bool
pfx_out_of_stack(int overflowed)
{
    if (!PyErr_ExceptionMatches(PyExc_RecursionError)) {
        return false;
    }
    PyErr_Clear();
    pfx_set_overflowed(overflowed);
    return true;
}

PyObject *
pfx_translate(pfx_cache *cache, PyObject *translate, PyObject *state)
{
    pfx_translating here = {.cache = cache, .outer = pfx_this_thread.translating};
    pfx_this_thread.translating = &here;
    pfx_this_thread.hook_paused++;
    int disabled = pfx_this_thread.disabled; /* an interrupt may keep it from being put back */
    Py_INCREF(cache);
    Py_INCREF(translate);
    int overflowed = pfx_get_overflowed();
    PyObject *result = PyObject_CallFunctionObjArgs(translate, (PyObject *)cache, state, NULL);
    Py_DECREF(translate);
    if (result == NULL && pfx_out_of_stack(overflowed)) {
        result = Py_NewRef(Py_None);
    }
    pfx_this_thread.hook_paused--;
    pfx_this_thread.disabled = disabled;
    pfx_this_thread.translating = here.outer;
    if (result != NULL && result != Py_None && !PyCallable_Check(result)) {
        PyErr_Format(PyExc_TypeError, "translate must return a callable or None, not %.100s",
                     Py_TYPE(result)->tp_name);
        Py_CLEAR(result);
    }
    if (result != NULL && pfx_leave_alone(result, pfx_weakref_get(cache->code)) < 0) {
        Py_CLEAR(result);
    }
    Py_DECREF(cache);
    return result;
}

static PyMethodDef cache_methods[] = {
    {"insert", (PyCFunction)cache_insert, METH_O, "insert(entry): put it first"},
    {"remove", (PyCFunction)cache_remove, METH_O, "remove(entry) -> whether it was there"},
    {"clear", (PyCFunction)cache_clear_entries, METH_NOARGS, "clear(): drop all entries"},
    {"find", (PyCFunction)(void (*)(void))cache_find, METH_VARARGS | METH_KEYWORDS,
     "find(state, count=True) -> the Entry whose guards hold for this FrameState, counted as a\n"
     "hit; or None"},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef cache_members[] = {
    {"entries", T_OBJECT, offsetof(pfx_cache, entries), READONLY, "a tuple, tried in order"},
    {"translate", T_OBJECT, offsetof(pfx_cache, translate), 0,
     "translate(cache, state) -> callable or None, for frames the hook sees"},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef cache_getset[] = {
    {"code", (getter)cache_get_code, NULL, "the code object; None once it is gone", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject pfx_cache_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "paddlefx._C.CodeCache",
    .tp_doc = "CodeCache(code, translate=None): the compiled forms of one code object",
    .tp_basicsize = sizeof(pfx_cache),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_new = cache_new,
    .tp_dealloc = (destructor)cache_dealloc,
    .tp_traverse = (traverseproc)cache_traverse,
    .tp_clear = (inquiry)cache_clear,
    .tp_weaklistoffset = offsetof(pfx_cache, weakrefs),
    .tp_methods = cache_methods,
    .tp_members = cache_members,
    .tp_getset = cache_getset,
};

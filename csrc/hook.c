/* The frame hook (PEP 523): what happens to a frame before it runs.

   It is the interpreter's evaluation function only while some thread is inside
   call_hooked(), and acts only on frames of such threads. What is known of a code
   object is in its co_extra, so it goes with the code. */

#include "paddlefx.h"

/* -- verdicts */

#define SKIP ((void *)1)

static void
free_verdict(void *verdict)
{
    if (verdict != NULL && verdict != SKIP) {
        Py_DECREF((PyObject *)verdict);
    }
}

static void *
stored_verdict(PyCodeObject *code)
{
    void *verdict = NULL;
    if (pfx.extra_index < 0
        || pfx_code_get_extra((PyObject *)code, pfx.extra_index, &verdict) < 0) {
        PyErr_Clear();
        return NULL;
    }
    return verdict;
}

PyObject *
pfx_verdict(PyCodeObject *code)
{
    void *verdict = stored_verdict(code);
    return verdict == NULL ? NULL : Py_NewRef(verdict == SKIP ? Py_None : (PyObject *)verdict);
}

int
pfx_set_verdict(PyCodeObject *code, PyObject *verdict)
{
    if (pfx.extra_index < 0) {
        pfx.extra_index = pfx_code_extra_index(free_verdict);
        if (pfx.extra_index < 0) {
            PyErr_SetString(PyExc_RuntimeError, "no slot left for extra data of code objects");
            return -1;
        }
    }
    PyObject *old = pfx_verdict(code); /* setting frees what was there before it is replaced */
    void *value = verdict == NULL ? NULL : verdict == Py_None ? SKIP : Py_NewRef(verdict);
    int status = pfx_code_set_extra((PyObject *)code, pfx.extra_index, value);
    if (status < 0) {
        free_verdict(value);
        if (!PyErr_Occurred()) { /* CPython sets none */
            PyErr_NoMemory();
        }
    }
    Py_XDECREF(old);
    return status;
}

int
pfx_leave_alone(PyObject *compiled, PyObject *code)
{
    if (PyFunction_Check(compiled)) {
        compiled = ((PyFunctionObject *)compiled)->func_code;
    }
    if (!PyCode_Check(compiled) || compiled == code
        || stored_verdict((PyCodeObject *)compiled) != NULL) {
        return 0;
    }
    return pfx_set_verdict((PyCodeObject *)compiled, Py_None);
}

/* Asks frame_callback about a code object met for the first time; new reference. */
static PyObject *
ask(PyCodeObject *code, PyObject *globals)
{
    PyObject *callback = pfx_this_thread.frame_callback;
    if (callback == NULL) {
        callback = pfx.frame_callback;
    }
    if (callback == NULL) {
        Py_RETURN_NONE;
    }
    Py_INCREF(callback);
    pfx_this_thread.hook_paused++;
    int overflowed = pfx_get_overflowed();
    PyObject *verdict = PyObject_CallFunctionObjArgs(callback, (PyObject *)code, globals, NULL);
    pfx_this_thread.hook_paused--;
    Py_DECREF(callback);
    if (verdict == NULL) {
        return pfx_out_of_stack(overflowed) ? Py_NewRef(Py_None) : NULL; /* asked again later */
    }
    if (verdict != Py_None && !PyObject_TypeCheck(verdict, &pfx_cache_type)) {
        PyErr_Format(PyExc_TypeError, "frame_callback must return a CodeCache or None, not %.100s",
                     Py_TYPE(verdict)->tp_name);
        Py_DECREF(verdict);
        return NULL;
    }
    if (pfx_set_verdict(code, verdict) < 0) {
        Py_DECREF(verdict);
        return NULL;
    }
    return verdict;
}

/* -- frames */

/* Calls `target` with the arguments that the frame was started with. */
static PyObject *
call_with_arguments(PyObject *target, PyCodeObject *code, const pfx_scope *scope)
{
    Py_ssize_t positional = code->co_argcount, named = code->co_kwonlyargcount;
    PyObject *const *locals = scope->locals;
    PyObject *names = pfx_code_names(code);
    Py_ssize_t at = positional + named;
    PyObject *rest = code->co_flags & CO_VARARGS ? locals[at++] : NULL;
    PyObject *extra = code->co_flags & CO_VARKEYWORDS ? locals[at] : NULL;
    Py_ssize_t nrest = rest == NULL ? 0 : PyTuple_GET_SIZE(rest);
    Py_ssize_t nextra = extra == NULL ? 0 : PyDict_GET_SIZE(extra);
    PyObject *kwnames = NULL;
    if (named + nextra > 0) {
        kwnames = PyTuple_New(named + nextra);
        if (kwnames == NULL) {
            return NULL;
        }
    }
    PyObject **args = PyMem_New(PyObject *, positional + nrest + named + nextra + 1);
    if (args == NULL) {
        Py_XDECREF(kwnames);
        return PyErr_NoMemory();
    }
    Py_ssize_t nargs = 0, count;
    for (Py_ssize_t i = 0; i < positional; i++) {
        args[nargs++] = Py_NewRef(locals[i]);
    }
    for (Py_ssize_t i = 0; i < nrest; i++) {
        args[nargs++] = Py_NewRef(PyTuple_GET_ITEM(rest, i));
    }
    count = nargs;
    for (Py_ssize_t i = 0; i < named; i++) {
        args[count++] = Py_NewRef(locals[positional + i]);
        PyTuple_SET_ITEM(kwnames, i, Py_NewRef(PyTuple_GET_ITEM(names, positional + i)));
    }
    if (extra != NULL) {
        PyObject *key, *value;
        Py_ssize_t position = 0, i = named;
        while (PyDict_Next(extra, &position, &key, &value)) {
            args[count++] = Py_NewRef(value);
            PyTuple_SET_ITEM(kwnames, i++, Py_NewRef(key));
        }
    }
    PyObject *result = PyObject_Vectorcall(target, args, (size_t)nargs, kwnames);
    while (count > 0) {
        Py_DECREF(args[--count]);
    }
    PyMem_Free(args);
    Py_XDECREF(kwnames);
    return result;
}

/* Ends the frame with what calling `target` gives. */
static PyObject *
run_target(PyThreadState *tstate, pfx_frame *frame, pfx_reading *reading, PyObject *target)
{
    PyObject *result = NULL;
    if (pfx_leave_alone(target, (PyObject *)pfx_frame_code(frame)) < 0) {
        goto done;
    }
    pfx.hook_called++;
    result = call_with_arguments(target, pfx_frame_code(frame), &reading->scope);
    result = pfx_continue(result);
done:
    pfx_frame_unread(reading);
    return pfx_frame_finish(tstate, frame, result);
}

/* Runs compiled code in the frame itself, and goes on from there. */
static PyObject *
run_code(PyThreadState *tstate, pfx_frame *frame, pfx_reading *reading, PyObject *code)
{
    Py_INCREF(code);
    pfx_frame_unread(reading);
    pfx.hook_replaced++;
    PyObject *result = pfx_continue(pfx_frame_run_as(tstate, frame, (PyCodeObject *)code));
    Py_DECREF(code);
    return result;
}

static PyObject *
run_entry(PyThreadState *tstate, pfx_frame *frame, pfx_reading *reading, pfx_entry *entry)
{
    PyObject *result;
    if (entry->code != NULL
        && pfx_frame_fits(tstate, frame, (PyCodeObject *)entry->code)) {
        result = run_code(tstate, frame, reading, (PyObject *)entry->code);
        Py_DECREF(entry);
        return result;
    }
    if (entry->plain || entry->function == NULL || entry->function == Py_None) {
        pfx_frame_unread(reading);
        Py_DECREF(entry);
        return pfx_frame_run(tstate, frame);
    }
    /* The entry's function has no cells: other closures of the code use the entry too. */
    PyObject *function = entry->code == NULL ? NULL : pfx_frame_function(frame);
    PyObject *target = function == NULL ? Py_NewRef(entry->function)
                                        : pfx_closed_over((PyObject *)entry->code, function);
    Py_DECREF(entry);
    if (target == NULL) {
        pfx_frame_unread(reading);
        return pfx_frame_finish(tstate, frame, NULL);
    }
    result = run_target(tstate, frame, reading, target);
    Py_DECREF(target);
    return result;
}

/* Whether a function has the globals and the cells that the frame was started with. */
static bool
is_of_scope(PyFunctionObject *function, const pfx_scope *scope)
{
    Py_ssize_t count = function->func_closure == NULL ? 0 : PyTuple_GET_SIZE(function->func_closure);
    if (function->func_globals != scope->globals || count != scope->ncells) {
        return false;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (PyTuple_GET_ITEM(function->func_closure, i) != scope->cells[i]) {
            return false;
        }
    }
    return true;
}

/* The code that may run in the frame itself in place of `target`; NULL: it has to be called.
   Only an entry of the cache says so of its code: another function has globals and cells of its
   own, unless they are the frame's. */
static PyObject *
code_in_place(pfx_cache *cache, PyObject *target, const pfx_scope *scope)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(cache->entries); i++) {
        pfx_entry *entry = (pfx_entry *)PyTuple_GET_ITEM(cache->entries, i);
        if (entry->function == target) {
            return entry->code;
        }
        if (entry->code != NULL && PyFunction_Check(target)
            && ((PyFunctionObject *)target)->func_code == entry->code
            && is_of_scope((PyFunctionObject *)target, scope)) {
            return entry->code;
        }
    }
    return NULL;
}

static PyObject *
run_missed(PyThreadState *tstate, pfx_frame *frame, pfx_reading *reading, pfx_cache *cache)
{
    pfx.cache_misses++;
    pfx.hook_misses++;
    PyObject *translate = Py_XNewRef(cache->translate);
    PyObject *target = NULL;
    if (translate == NULL || translate == Py_None) {
        target = Py_NewRef(Py_None);
    }
    else {
        PyObject *state = pfx_frame_state_new(pfx_frame_code(frame), &reading->scope,
                                              pfx_frame_function(frame));
        if (state != NULL) {
            target = pfx_translate(cache, translate, state);
            Py_DECREF(state);
        }
    }
    Py_XDECREF(translate);
    if (target == NULL) {
        pfx_frame_unread(reading);
        return pfx_frame_finish(tstate, frame, NULL);
    }
    PyObject *result, *code = code_in_place(cache, target, &reading->scope);
    if (target == Py_None) {
        pfx_frame_unread(reading);
        result = pfx_frame_run(tstate, frame);
    }
    else if (code != NULL && pfx_frame_fits(tstate, frame, (PyCodeObject *)code)) {
        result = run_code(tstate, frame, reading, code);
    }
    else {
        result = run_target(tstate, frame, reading, target);
    }
    Py_DECREF(target);
    return result;
}

PyObject *
pfx_hook_frame(PyThreadState *tstate, pfx_frame *frame)
{
    PyCodeObject *code = pfx_frame_code(frame);
    pfx.hook_frames++;
    pfx_reading reading;
    if (!pfx_frame_read(frame, &reading)) {
        return pfx_frame_finish(tstate, frame, NULL);
    }
    PyObject *verdict = pfx_verdict(code);
    if (verdict == NULL) {
        verdict = ask(code, reading.scope.globals);
        if (verdict == NULL) {
            pfx_frame_unread(&reading);
            return pfx_frame_finish(tstate, frame, NULL);
        }
    }
    if (verdict == Py_None || pfx_is_translating((pfx_cache *)verdict)) {
        Py_DECREF(verdict);
        pfx.hook_skipped++;
        pfx_frame_unread(&reading);
        return pfx_frame_run(tstate, frame);
    }
    pfx_cache *cache = (pfx_cache *)verdict;
    pfx_entry *entry = pfx_cache_find(cache, &reading.scope, true);
    PyObject *result;
    if (entry != NULL) {
        Py_DECREF(cache);
        return run_entry(tstate, frame, &reading, entry);
    }
    result = run_missed(tstate, frame, &reading, cache);
    Py_DECREF(cache);
    return result;
}

/* -- functions */

/* `self` is the module, or the callback that hooked_by() was given. */
static PyObject *
call_hooked(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (nargs < 1) {
        PyErr_SetString(PyExc_TypeError, "call_hooked() takes a callable and its arguments");
        return NULL;
    }
    pfx_thread *thread = &pfx_this_thread;
    int paused = thread->hook_paused;
    PyObject *callback = thread->frame_callback;
    if (!PyModule_Check(self)) {
        thread->frame_callback = self;
    }
    thread->hook_paused = 0;
    thread->hook_depth++;
    if (pfx.hooked_calls++ == 0) {
        pfx_frame_install();
    }
    PyObject *result = PyObject_Vectorcall(args[0], args + 1, (size_t)nargs - 1, kwnames);
    if (--pfx.hooked_calls == 0) {
        pfx_frame_uninstall();
    }
    thread->hook_depth--;
    thread->hook_paused = paused;
    thread->frame_callback = callback;
    return result;
}

static PyMethodDef hooked_by_definition = {
    "hooked", (PyCFunction)(void (*)(void))call_hooked, METH_FASTCALL | METH_KEYWORDS,
    "hooked(callable, *args, **kwargs): call it with the hook on for this thread",
};

static PyObject *
hooked_by(PyObject *module, PyObject *callback)
{
    (void)module;
    if (!PyCallable_Check(callback)) {
        PyErr_SetString(PyExc_TypeError, "the frame callback must be callable");
        return NULL;
    }
    return PyCFunction_NewEx(&hooked_by_definition, callback, NULL);
}

static PyObject *
hook_installed(PyObject *module, PyObject *ignored)
{
    (void)module;
    (void)ignored;
    return PyBool_FromLong(pfx_frame_is_installed());
}

static PyObject *
hook_depth(PyObject *module, PyObject *ignored)
{
    (void)module;
    (void)ignored;
    return PyLong_FromLong(pfx_this_thread.hook_depth);
}

static PyObject *
set_frame_callback(PyObject *module, PyObject *callback)
{
    (void)module;
    if (callback != Py_None && !PyCallable_Check(callback)) {
        PyErr_SetString(PyExc_TypeError, "the frame callback must be callable or None");
        return NULL;
    }
    PyObject *old = pfx.frame_callback;
    pfx.frame_callback = callback == Py_None ? NULL : Py_NewRef(callback);
    return old == NULL ? Py_NewRef(Py_None) : old;
}

static bool
is_code(PyObject *argument)
{
    if (!PyCode_Check(argument)) {
        PyErr_Format(PyExc_TypeError, "expected a code object, not %.100s",
                     Py_TYPE(argument)->tp_name);
        return false;
    }
    return true;
}

static PyObject *
forget(PyObject *module, PyObject *code)
{
    (void)module;
    if (!is_code(code)) {
        return NULL;
    }
    bool known = stored_verdict((PyCodeObject *)code) != NULL;
    if (known && pfx_set_verdict((PyCodeObject *)code, NULL) < 0) {
        return NULL;
    }
    return PyBool_FromLong(known);
}

static PyObject *
skip(PyObject *module, PyObject *code)
{
    (void)module;
    if (!is_code(code) || pfx_set_verdict((PyCodeObject *)code, Py_None) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
verdict(PyObject *module, PyObject *code)
{
    (void)module;
    if (!is_code(code)) {
        return NULL;
    }
    PyObject *known = pfx_verdict((PyCodeObject *)code);
    return known == NULL ? Py_NewRef(pfx.unbound) : known;
}

PyMethodDef pfx_hook_methods[] = {
    {"call_hooked", (PyCFunction)(void (*)(void))call_hooked, METH_FASTCALL | METH_KEYWORDS,
     "call_hooked(callable, *args, **kwargs): call it with the hook on for this thread"},
    {"hooked_by", hooked_by, METH_O,
     "hooked_by(callback) -> call_hooked() that asks this frame callback about new code"},
    {"hook_installed", hook_installed, METH_NOARGS,
     "hook_installed() -> whether the interpreter evaluates frames through the hook"},
    {"hook_depth", hook_depth, METH_NOARGS,
     "hook_depth() -> how many call_hooked() this thread is in"},
    {"set_frame_callback", set_frame_callback, METH_O,
     "set_frame_callback(callback) -> previous: callback(code, globals) -> CodeCache, or None\n"
     "for code to leave alone; asked once per code object"},
    {"forget", forget, METH_O, "forget(code) -> whether something was known of it"},
    {"skip", skip, METH_O, "skip(code): the hook leaves it alone from now on"},
    {"verdict", verdict, METH_O,
     "verdict(code) -> its CodeCache, None if it is skipped, UNBOUND if nothing is known"},
    {NULL, NULL, 0, NULL},
};

/* Continuations: how a compiled frame goes on in a resume function.

   At a graph break the residual program runs the user's instruction and returns a
   continuation, a call that is still to be made. Whoever entered the compiled code makes it,
   and the next one, until something else comes back: only one Python frame of the function
   is on the stack at a time, a loop with a break nests nothing, and a traceback has one entry
   for the frame. A continuation never reaches user code. */

#include "paddlefx.h"

typedef struct {
    PyObject_VAR_HEAD
    PyObject *function;
    PyObject *args[1]; /* the first is a place for vectorcall's own use */
} continuation;

static int
continuation_traverse(continuation *self, visitproc visit, void *arg)
{
    Py_VISIT(self->function);
    for (Py_ssize_t i = 1; i <= Py_SIZE(self); i++) {
        Py_VISIT(self->args[i]);
    }
    return 0;
}

static int
continuation_clear(continuation *self)
{
    Py_CLEAR(self->function);
    for (Py_ssize_t i = 1; i <= Py_SIZE(self); i++) {
        Py_CLEAR(self->args[i]);
    }
    return 0;
}

static void
continuation_dealloc(continuation *self)
{
    PyObject_GC_UnTrack(self);
    continuation_clear(self);
    PyObject_GC_Del(self);
}

PyTypeObject pfx_continuation_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "paddlefx._C.Continuation",
    .tp_doc = "A call still to be made, in the place of a result; see continue_in().",
    .tp_basicsize = offsetof(continuation, args) + sizeof(PyObject *),
    .tp_itemsize = sizeof(PyObject *),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_dealloc = (destructor)continuation_dealloc,
    .tp_traverse = (traverseproc)continuation_traverse,
    .tp_clear = (inquiry)continuation_clear,
};

static PyObject *
continue_in(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (nargs < 1) {
        PyErr_SetString(PyExc_TypeError, "continue_in() takes a callable and its arguments");
        return NULL;
    }
    continuation *self = PyObject_GC_NewVar(continuation, &pfx_continuation_type, nargs - 1);
    if (self == NULL) {
        return NULL;
    }
    self->function = Py_NewRef(args[0]);
    self->args[0] = NULL;
    for (Py_ssize_t i = 1; i < nargs; i++) {
        self->args[i] = Py_NewRef(args[i]);
    }
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

PyObject *
pfx_continue(PyObject *result)
{
    if (result == NULL || Py_TYPE(result) != &pfx_continuation_type) {
        return result;
    }
    PyObject *outer = pfx_this_thread.entering;
    while (result != NULL && Py_TYPE(result) == &pfx_continuation_type) {
        continuation *next = (continuation *)result;
        pfx_this_thread.entering = result;
        size_t nargsf = (size_t)Py_SIZE(next) | PY_VECTORCALL_ARGUMENTS_OFFSET;
        if (Py_TYPE(next->function) == &pfx_dispatcher_type) {
            result = pfx_dispatch(next->function, next->args + 1, nargsf, NULL);
        }
        else {
            result = PyObject_Vectorcall(next->function, next->args + 1, nargsf, NULL);
        }
        pfx_this_thread.entering = NULL;
        Py_DECREF(next);
    }
    pfx_this_thread.entering = outer;
    return result;
}

/* Runs a continuation where a call has to be made now. */
static PyObject *
run_continuation(PyObject *module, PyObject *next)
{
    (void)module;
    if (Py_TYPE(next) != &pfx_continuation_type) {
        PyErr_SetString(PyExc_TypeError, "run_continuation() takes a continuation");
        return NULL;
    }
    return pfx_continue(Py_NewRef(next));
}

/* What a resume function begins with: its frame holds the arguments now, and alone decides
   how long they live. */
static PyObject *
entered(PyObject *module, PyObject *ignored)
{
    (void)module;
    (void)ignored;
    continuation *self = (continuation *)pfx_this_thread.entering;
    if (self != NULL) {
        pfx_this_thread.entering = NULL;
        for (Py_ssize_t i = 1; i <= Py_SIZE(self); i++) {
            Py_CLEAR(self->args[i]);
        }
    }
    Py_RETURN_NONE;
}

/* -- exceptions that are raised in one resume function and handled in the next */

/* A box is a list of an exception and the traceback with which it came to its handler. Up to
   3.10 the handler keeps that beside the exception, and raises again with it; from 3.11 on the
   exception's own is all there is. */

static bool
is_box(PyObject *box)
{
    return PyList_CheckExact(box) && PyList_GET_SIZE(box) == 2
           && PyExceptionInstance_Check(PyList_GET_ITEM(box, 0));
}

/* Takes the exception out of a box, so that nothing of ours keeps it alive. */
static PyObject *
taken(PyObject *box, PyObject **came_with)
{
    if (!is_box(box)) {
        PyErr_SetString(PyExc_TypeError, "expected a list of an exception and a traceback");
        return NULL;
    }
    PyObject *error = Py_NewRef(PyList_GET_ITEM(box, 0));
    *came_with = Py_NewRef(PyList_GET_ITEM(box, 1));
    if (PyList_SetSlice(box, 0, 2, NULL) < 0) {
        Py_CLEAR(error);
        Py_CLEAR(*came_with);
    }
    return error;
}

/* Raises it as it is: context and cause stay, and the interpreter adds to the traceback. */
static PyObject *
raise_as_is(PyObject *error, PyObject *traceback)
{
    PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(error)), error, traceback);
    return NULL;
}

static PyObject *
raise_again(PyObject *module, PyObject *box)
{
    (void)module;
    PyObject *came_with, *traceback;
    PyObject *error = taken(box, &came_with);
    if (error == NULL) {
        return NULL;
    }
#ifdef PFX_HANDLED_IS_ONE
    traceback = PyException_GetTraceback(error);
#else
    traceback = PyTraceBack_Check(came_with) ? Py_NewRef(came_with) : NULL;
#endif
    Py_DECREF(came_with);
    if (traceback != NULL) { /* the entry of the frame that this one continues */
        PyObject *next = (PyObject *)((PyTracebackObject *)traceback)->tb_next;
        Py_XINCREF(next);
        Py_SETREF(traceback, next);
    }
    return raise_as_is(error, traceback);
}

static PyObject *
raise_to_reenter(PyObject *module, PyObject *box)
{
    (void)module;
    PyObject *came_with;
    PyObject *error = taken(box, &came_with);
    if (error == NULL) {
        return NULL;
    }
    PyObject *traceback = PyException_GetTraceback(error);
    int failed = PyList_Append(box, traceback == NULL ? Py_None : traceback) < 0
                 || PyList_Append(box, came_with) < 0;
    Py_DECREF(came_with);
    if (failed) {
        Py_DECREF(error);
        Py_XDECREF(traceback);
        return NULL;
    }
    return raise_as_is(error, traceback);
}

static PyObject *
handled_value(void)
{
    PyObject *error = PyThreadState_Get()->exc_info->exc_value;
    return error == NULL ? Py_None : error;
}

static void
set_handled_traceback(PyObject *traceback)
{
#ifndef PFX_HANDLED_IS_ONE
    _PyErr_StackItem *info = PyThreadState_Get()->exc_info;
    PyObject *old = info->exc_traceback;
    info->exc_traceback = Py_NewRef(traceback);
    Py_XDECREF(old);
#else
    (void)traceback;
#endif
}

static PyObject *
reentered(PyObject *module, PyObject *box)
{
    (void)module;
    PyObject *error = handled_value();
    if (!PyList_CheckExact(box) || PyList_GET_SIZE(box) != 2 || error == Py_None) {
        PyErr_SetString(PyExc_TypeError, "reentered() follows raise_to_reenter()");
        return NULL;
    }
    PyObject *traceback = Py_NewRef(PyList_GET_ITEM(box, 0));
    PyObject *came_with = Py_NewRef(PyList_GET_ITEM(box, 1));
    int failed = PyList_SetSlice(box, 0, 2, NULL) < 0
                 || PyException_SetTraceback(error, traceback) < 0;
    if (!failed) {
        set_handled_traceback(came_with);
    }
    Py_DECREF(traceback);
    Py_DECREF(came_with);
    if (failed) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* Calls the exit function of a context manager in which an exception was raised. Up to 3.10 a
   handler keeps the traceback beside the exception, and raises it again with that one. */
static PyObject *
call_exit(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (nargs != 3 || !PyExceptionInstance_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "call_exit() takes two callables and an exception");
        return NULL;
    }
    PyObject *error = args[2], *traceback = PyException_GetTraceback(error);
    PyObject *given[] = {args[1], (PyObject *)Py_TYPE(error), error,
                         traceback == NULL ? Py_None : traceback};
    PyObject *result = PyObject_Vectorcall(args[0], given, 4, NULL);
#ifndef PFX_HANDLED_IS_ONE
    bool goes_on = result == Py_None || result == Py_False;
    if (goes_on && traceback != NULL && PyException_SetTraceback(error, traceback) < 0) {
        Py_CLEAR(result);
    }
#endif
    Py_XDECREF(traceback);
    return result;
}

/* Of this frame or generator alone: what lies below comes back with it. */
static PyObject *
set_handled(PyObject *module, PyObject *error)
{
    (void)module;
    _PyErr_StackItem *info = PyThreadState_Get()->exc_info;
#ifdef PFX_HANDLED_IS_ONE
    PyObject *old = info->exc_value;
    if (is_box(error)) {
        error = PyList_GET_ITEM(error, 0);
    }
    info->exc_value = error == Py_None ? NULL : Py_NewRef(error);
    return old == NULL ? Py_NewRef(Py_None) : old;
#else
    PyObject *type = Py_None, *value = Py_None, *traceback = Py_None;
    if (is_box(error)) {
        value = PyList_GET_ITEM(error, 0);
        type = (PyObject *)Py_TYPE(value);
        traceback = PyList_GET_ITEM(error, 1);
    }
    else if (PyTuple_CheckExact(error) && PyTuple_GET_SIZE(error) == 3) { /* given before */
        type = PyTuple_GET_ITEM(error, 0);
        value = PyTuple_GET_ITEM(error, 1);
        traceback = PyTuple_GET_ITEM(error, 2);
    }
    Py_INCREF(traceback);
    PyObject *old = PyTuple_New(3);
    if (old == NULL) {
        Py_DECREF(traceback);
        return NULL;
    }
    PyObject *const before[3] = {info->exc_type, info->exc_value, info->exc_traceback};
    for (int i = 0; i < 3; i++) {
        PyTuple_SET_ITEM(old, i, before[i] == NULL ? Py_NewRef(Py_None) : before[i]);
    }
    info->exc_type = Py_NewRef(type);
    info->exc_value = Py_NewRef(value);
    info->exc_traceback = traceback;
    return old;
#endif
}

PyMethodDef pfx_continuation_methods[] = {
    {"continue_in", (PyCFunction)(void (*)(void))continue_in, METH_FASTCALL,
     "continue_in(function, *args) -> what compiled code returns to go on with that call"},
    {"run_continuation", run_continuation, METH_O,
     "run_continuation(continuation): what the call that it stands for returns"},
    {"entered", entered, METH_NOARGS,
     "entered(): a resume function has begun; its continuation lets go of the arguments"},
    {"raise_again", raise_again, METH_O,
     "raise_again(box): raise the exception in [exception, traceback], which is emptied, as it\n"
     "is; the outermost entry of its traceback is replaced"},
    {"raise_to_reenter", raise_to_reenter, METH_O,
     "raise_to_reenter(box): raise the exception in [exception, traceback] as it is; its handler\n"
     "calls reentered(box) to give it back the traceback that it had"},
    {"reentered", reentered, METH_O, "reentered(box): see raise_to_reenter()"},
    {"call_exit", (PyCFunction)(void (*)(void))call_exit, METH_FASTCALL,
     "call_exit(call, exit, error): call(exit, type, error, traceback); the exception is raised\n"
     "again with the traceback that it has before"},
    {"set_handled", set_handled, METH_O,
     "set_handled(box) -> previous: what sys.exc_info() tells from here on; takes\n"
     "[exception, traceback] or what it gave before"},
    {NULL, NULL, 0, NULL},
};

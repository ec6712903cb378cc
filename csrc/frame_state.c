/* FrameState: what a translation starts from, a frame before its first instruction. */

#include "paddlefx.h"

typedef struct {
    PyObject_HEAD
    PyObject *code;
    PyObject *locals;
    PyObject *globals;
    PyObject *builtins;
    PyObject *closure;
    PyObject *function;
} frame_state;

PyObject *
pfx_frame_state_new(PyCodeObject *code, const pfx_scope *scope, PyObject *function)
{
    PyObject *builtins = scope->builtins;
    if (builtins == NULL) {
        builtins = pfx_builtins_of(scope->globals);
    }
    PyObject *locals = PyTuple_New(code->co_nlocals);
    PyObject *closure = PyTuple_New(scope->ncells);
    frame_state *state = PyObject_GC_New(frame_state, &pfx_frame_state_type);
    if (locals == NULL || closure == NULL || state == NULL) {
        Py_XDECREF(locals);
        Py_XDECREF(closure);
        if (state != NULL) {
            PyObject_GC_Del(state);
        }
        return NULL;
    }
    for (Py_ssize_t i = 0; i < code->co_nlocals; i++) {
        PyObject *value = i < scope->nlocals ? scope->locals[i] : NULL;
        PyTuple_SET_ITEM(locals, i, Py_NewRef(value == NULL ? pfx.unbound : value));
    }
    for (Py_ssize_t i = 0; i < scope->ncells; i++) {
        PyTuple_SET_ITEM(closure, i, Py_NewRef(scope->cells[i]));
    }
    state->code = Py_NewRef(code);
    state->locals = locals;
    state->globals = Py_NewRef(scope->globals);
    state->builtins = Py_NewRef(builtins == NULL ? Py_None : builtins);
    state->closure = closure;
    state->function = Py_NewRef(function == NULL ? Py_None : function);
    PyObject_GC_Track(state);
    return (PyObject *)state;
}

static int
frame_state_traverse(frame_state *self, visitproc visit, void *arg)
{
    Py_VISIT(self->code);
    Py_VISIT(self->locals);
    Py_VISIT(self->globals);
    Py_VISIT(self->builtins);
    Py_VISIT(self->closure);
    Py_VISIT(self->function);
    return 0;
}

static int
frame_state_clear(frame_state *self)
{
    Py_CLEAR(self->code);
    Py_CLEAR(self->locals);
    Py_CLEAR(self->globals);
    Py_CLEAR(self->builtins);
    Py_CLEAR(self->closure);
    Py_CLEAR(self->function);
    return 0;
}

static void
frame_state_dealloc(frame_state *self)
{
    PyObject_GC_UnTrack(self);
    frame_state_clear(self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMemberDef frame_state_members[] = {
    {"code", T_OBJECT, offsetof(frame_state, code), READONLY, "the code object about to run"},
    {"locals", T_OBJECT, offsetof(frame_state, locals), READONLY,
     "tuple in the order of co_varnames; UNBOUND where unbound"},
    {"globals", T_OBJECT, offsetof(frame_state, globals), READONLY, "dict"},
    {"builtins", T_OBJECT, offsetof(frame_state, builtins), READONLY, "dict"},
    {"closure", T_OBJECT, offsetof(frame_state, closure), READONLY,
     "tuple of cells in the order of co_freevars"},
    {"function", T_OBJECT, offsetof(frame_state, function), READONLY,
     "the function that was called; None where a frame doesn't know it (3.8-3.10)"},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject pfx_frame_state_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "paddlefx._C.FrameState",
    .tp_doc = "A frame before its first instruction.",
    .tp_basicsize = sizeof(frame_state),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_dealloc = (destructor)frame_state_dealloc,
    .tp_traverse = (traverseproc)frame_state_traverse,
    .tp_clear = (inquiry)frame_state_clear,
    .tp_free = PyObject_GC_Del,
    .tp_members = frame_state_members,
};

pfx_scope
pfx_frame_state_scope(PyObject *object)
{
    frame_state *state = (frame_state *)object;
    return (pfx_scope){
        .locals = ((PyTupleObject *)state->locals)->ob_item,
        .nlocals = PyTuple_GET_SIZE(state->locals),
        .cells = ((PyTupleObject *)state->closure)->ob_item,
        .ncells = PyTuple_GET_SIZE(state->closure),
        .globals = state->globals,
        .builtins = state->builtins,
    };
}

/* Frames of CPython 3.8-3.10: PyFrameObject, kept by its code object as a "zombie" after the
   call, so it is never pointed at other code: a new frame is made and the arguments copied.

   Slots: locals, then a cell per co_cellvars, then the cells of co_freevars. When the frame
   is evaluated its cells exist, and a parameter that is a cell is in there only
   (Python/ceval.c, _PyEval_EvalCode). */

#define PFX_NEEDS_INTERNALS
#include "paddlefx.h"

#ifndef PFX_INTERPRETER_FRAMES

bool
pfx_read_generator(PyObject *generator, Py_ssize_t part, PyObject **value)
{
    PyFrameObject *frame = ((PyGenObject *)generator)->gi_frame;
    if (frame == NULL) {
        return false;
    }
    if (part == 0) {
        *value = PyLong_FromLong(frame->f_lasti);
        return *value != NULL;
    }
    PyCodeObject *code = frame->f_code;
    Py_ssize_t count = code->co_nlocals + PyTuple_GET_SIZE(code->co_cellvars)
                       + PyTuple_GET_SIZE(code->co_freevars);
    if (part > count || frame->f_localsplus[part - 1] == NULL) {
        return false;
    }
    *value = Py_NewRef(frame->f_localsplus[part - 1]);
    return true;
}

PyCodeObject *
pfx_frame_code(pfx_frame *frame)
{
    return frame->f_code;
}

PyObject *
pfx_frame_function(pfx_frame *frame)
{
    (void)frame; /* it doesn't know */
    return NULL;
}

bool
pfx_frame_is_plain(pfx_frame *frame)
{
    const int needed = CO_OPTIMIZED | CO_NEWLOCALS;
    const int other = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;
    return (frame->f_code->co_flags & (needed | other)) == needed && frame->f_lasti == -1
           && frame->f_gen == NULL && frame->f_locals == NULL;
}

/* The value of a parameter: its slot, or the cell it went into. Borrowed. */
static PyObject *
argument(pfx_frame *frame, Py_ssize_t slot)
{
    PyCodeObject *code = frame->f_code;
    PyObject *value = frame->f_localsplus[slot];
    if (value != NULL || code->co_cell2arg == NULL) {
        return value;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_cellvars); i++) {
        if (code->co_cell2arg[i] == slot) {
            return PyCell_GET(frame->f_localsplus[code->co_nlocals + i]);
        }
    }
    return NULL;
}

static Py_ssize_t
parameters(PyCodeObject *code)
{
    return code->co_argcount + code->co_kwonlyargcount + ((code->co_flags & CO_VARARGS) != 0)
           + ((code->co_flags & CO_VARKEYWORDS) != 0);
}

static PyObject **
free_cells(pfx_frame *frame)
{
    PyCodeObject *code = frame->f_code;
    return frame->f_localsplus + code->co_nlocals + PyTuple_GET_SIZE(code->co_cellvars);
}

bool
pfx_frame_read(pfx_frame *frame, pfx_reading *reading)
{
    PyCodeObject *code = frame->f_code;
    PyObject *const *locals = frame->f_localsplus;
    Py_ssize_t count = code->co_nlocals;
    reading->made = NULL;
    if (code->co_cell2arg != NULL) { /* some parameters are in cells */
        PyObject **made = reading->few;
        count = parameters(code);
        if (count > PFX_FEW_LOCALS) {
            made = PyMem_New(PyObject *, count);
            if (made == NULL) {
                PyErr_NoMemory();
                return false;
            }
        }
        for (Py_ssize_t i = 0; i < count; i++) {
            made[i] = argument(frame, i);
        }
        locals = reading->made = made;
    }
    reading->scope = (pfx_scope){
        .locals = locals,
        .nlocals = count,
        .cells = free_cells(frame),
        .ncells = PyTuple_GET_SIZE(code->co_freevars),
        .globals = frame->f_globals,
        .builtins = frame->f_builtins,
    };
    return true;
}

void
pfx_frame_unread(pfx_reading *reading)
{
    if (reading->made != NULL && reading->made != reading->few) {
        PyMem_Free(reading->made);
    }
}

PyObject *
pfx_frame_run(PyThreadState *tstate, pfx_frame *frame)
{
#  ifdef PFX_EVAL_HAS_TSTATE
    return pfx.previous_eval(tstate, frame, 0);
#  else
    (void)tstate;
    return pfx.previous_eval(frame, 0);
#  endif
}

bool
pfx_frame_fits(PyThreadState *tstate, pfx_frame *frame, PyCodeObject *code)
{
    (void)tstate;
    (void)frame;
    (void)code;
    return true;
}

static bool
fill(pfx_frame *target, pfx_frame *frame)
{
    PyCodeObject *code = target->f_code;
    PyObject **slots = target->f_localsplus;
    Py_ssize_t ncells = PyTuple_GET_SIZE(code->co_cellvars);
    for (Py_ssize_t i = 0; i < parameters(code); i++) {
        slots[i] = Py_XNewRef(argument(frame, i));
    }
    for (Py_ssize_t i = 0; i < ncells; i++) {
        PyObject *value = NULL;
        if (code->co_cell2arg != NULL && code->co_cell2arg[i] != CO_CELL_NOT_AN_ARG) {
            Py_ssize_t slot = code->co_cell2arg[i];
            value = slots[slot];
            slots[slot] = NULL;
        }
        PyObject *cell = PyCell_New(value);
        Py_XDECREF(value);
        if (cell == NULL) {
            return false;
        }
        slots[code->co_nlocals + i] = cell;
    }
    PyObject **cells = free_cells(frame);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_freevars); i++) {
        slots[code->co_nlocals + ncells + i] = Py_NewRef(cells[i]);
    }
    return true;
}

PyObject *
pfx_frame_run_as(PyThreadState *tstate, pfx_frame *frame, PyCodeObject *code)
{
    PyFrameObject *target = PyFrame_New(tstate, code, frame->f_globals, NULL);
    if (target == NULL) {
        return NULL;
    }
    Py_INCREF(frame->f_builtins);
    Py_SETREF(target->f_builtins, frame->f_builtins);
    PyObject *result = NULL;
    if (fill(target, frame)) {
        PyCodeObject *old = frame->f_code; /* its frame never runs: it holds nothing */
        Py_ssize_t slots = old->co_nlocals + PyTuple_GET_SIZE(old->co_cellvars);
        for (Py_ssize_t i = 0; i < slots; i++) {
            Py_CLEAR(frame->f_localsplus[i]);
        }
#  ifdef PFX_EVAL_HAS_TSTATE
        result = _PyEval_EvalFrameDefault(tstate, target, 0);
#  else
        result = _PyEval_EvalFrameDefault(target, 0);
#  endif
    }
    Py_DECREF(target);
    return result;
}

PyObject *
pfx_frame_finish(PyThreadState *tstate, pfx_frame *frame, PyObject *result)
{
    (void)tstate;
    (void)frame; /* the caller drops it */
    return result;
}

#  ifdef PFX_EVAL_HAS_TSTATE
static PyObject *
evaluate(PyThreadState *tstate, pfx_frame *frame, int throwflag)
{
    if (throwflag || !pfx_hook_is_active() || !pfx_frame_is_plain(frame)) {
        return pfx.previous_eval(tstate, frame, throwflag);
    }
    return pfx_hook_frame(tstate, frame);
}
#  else
static PyObject *
evaluate(pfx_frame *frame, int throwflag)
{
    if (throwflag || !pfx_hook_is_active() || !pfx_frame_is_plain(frame)) {
        return pfx.previous_eval(frame, throwflag);
    }
    return pfx_hook_frame(PyThreadState_Get(), frame);
}
#  endif

void
pfx_frame_install(void)
{
    pfx.previous_eval = pfx_get_eval();
    pfx_set_eval(evaluate);
}

void
pfx_frame_uninstall(void)
{
    if (pfx_get_eval() == evaluate) {
        pfx_set_eval(pfx.previous_eval);
    }
}

bool
pfx_frame_is_installed(void)
{
    return pfx_get_eval() == evaluate;
}

#endif /* !PFX_INTERPRETER_FRAMES */

/* Frames of CPython 3.11-3.13: _PyInterpreterFrame, on the thread's data stack.

   At the first instruction MAKE_CELL and COPY_FREE_VARS have not run: parameters are in
   their slots, all other slots are NULL. So another code object with the same parameters
   and free variables runs in the same frame once code, stack top and instruction pointer
   are exchanged; no function of CPython is reimplemented. */

#define PFX_NEEDS_INTERNALS
#include "paddlefx.h"

#ifdef PFX_INTERPRETER_FRAMES

PyCodeObject *
pfx_frame_code(pfx_frame *frame)
{
#  ifdef PFX_FRAME_EXECUTABLE
    return (PyCodeObject *)frame->f_executable;
#  else
    return frame->f_code;
#  endif
}

PyObject *
pfx_frame_function(pfx_frame *frame)
{
#  if defined(PFX_FRAME_EXECUTABLE) || defined(PFX_FRAME_FUNCOBJ)
    PyObject *function = frame->f_funcobj;
#  else
    PyObject *function = (PyObject *)frame->f_func;
#  endif
    return function != NULL && PyFunction_Check(function) ? function : NULL;
}

bool
pfx_read_generator(PyObject *generator, Py_ssize_t part, PyObject **value)
{
    PyGenObject *self = (PyGenObject *)generator;
    if (self->gi_frame_state >= FRAME_EXECUTING) {
        return false;
    }
    pfx_frame *frame = (pfx_frame *)self->gi_iframe;
    if (part == 0) {
        *value = PyLong_FromLong(_PyInterpreterFrame_LASTI(frame));
        return *value != NULL;
    }
    if (part > pfx_frame_code(frame)->co_nlocalsplus || frame->localsplus[part - 1] == NULL) {
        return false;
    }
    *value = Py_NewRef(frame->localsplus[part - 1]);
    return true;
}

static bool
is_at_start(pfx_frame *frame)
{
    PyCodeObject *code = pfx_frame_code(frame);
#  ifdef PFX_FRAME_EXECUTABLE
    return frame->instr_ptr == _PyCode_CODE(code);
#  else
    return frame->prev_instr == _PyCode_CODE(code) - 1;
#  endif
}

bool
pfx_frame_is_plain(pfx_frame *frame)
{
    const int needed = CO_OPTIMIZED | CO_NEWLOCALS;
    const int other = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;
    if (frame->owner != FRAME_OWNED_BY_THREAD || frame->frame_obj != NULL) {
        return false;
    }
    PyCodeObject *code = pfx_frame_code(frame);
    return (code->co_flags & (needed | other)) == needed && frame->f_locals == NULL
           && frame->stacktop == code->co_nlocalsplus && is_at_start(frame)
           && pfx_frame_function(frame) != NULL;
}

bool
pfx_frame_read(pfx_frame *frame, pfx_reading *reading)
{
    PyCodeObject *code = pfx_frame_code(frame);
    PyObject *closure = ((PyFunctionObject *)pfx_frame_function(frame))->func_closure;
    reading->made = NULL;
    reading->scope = (pfx_scope){
        .locals = frame->localsplus,
        .nlocals = code->co_nlocals,
        .cells = closure == NULL ? NULL : ((PyTupleObject *)closure)->ob_item,
        .ncells = closure == NULL ? 0 : PyTuple_GET_SIZE(closure),
        .globals = frame->f_globals,
        .builtins = frame->f_builtins,
    };
    return true;
}

void
pfx_frame_unread(pfx_reading *reading)
{
    (void)reading;
}

PyObject *
pfx_frame_run(PyThreadState *tstate, pfx_frame *frame)
{
    return pfx.previous_eval(tstate, frame, 0);
}

static Py_ssize_t
frame_size(PyCodeObject *code)
{
#  if defined(PFX_FRAME_EXECUTABLE) || defined(PFX_FRAME_FUNCOBJ)
    return code->co_framesize;
#  else
    return code->co_nlocalsplus + code->co_stacksize + (Py_ssize_t)FRAME_SPECIALS_SIZE;
#  endif
}

bool
pfx_frame_fits(PyThreadState *tstate, pfx_frame *frame, PyCodeObject *code)
{
    return tstate->datastack_limit - (PyObject **)frame > frame_size(code);
}

/* Points the frame at an instruction of another code object, with `depth` values on the
   stack above its locals. */
static void
retarget(PyThreadState *tstate, pfx_frame *frame, PyCodeObject *code, int at, int depth)
{
    PyCodeObject *old = pfx_frame_code(frame);
    PyObject **end = (PyObject **)frame + frame_size(code);
    if (tstate->datastack_top < end) {
        tstate->datastack_top = end;
    }
    Py_INCREF(code);
#  ifdef PFX_FRAME_EXECUTABLE
    frame->f_executable = (PyObject *)code;
    frame->instr_ptr = _PyCode_CODE(code) + at;
#  else
    frame->f_code = code;
    frame->prev_instr = _PyCode_CODE(code) + at - 1;
#  endif
    frame->stacktop = code->co_nlocalsplus + depth;
    Py_DECREF(old);
}

PyObject *
pfx_frame_run_as(PyThreadState *tstate, pfx_frame *frame, PyCodeObject *code)
{
    int had = pfx_frame_code(frame)->co_nlocalsplus;
    for (int i = had; i < code->co_nlocalsplus; i++) {
        frame->localsplus[i] = NULL;
    }
    retarget(tstate, frame, code, 0, 0);
#  ifdef PFX_CALLEE_CLEARS_FRAME
    return _PyEval_EvalFrameDefault(tstate, frame, 0);
#  else
    PyObject *result = _PyEval_EvalFrameDefault(tstate, frame, 0);
    if (frame->frame_obj == NULL) { /* before a continuation is made, not when it is done */
        for (int i = 0; i < code->co_nlocalsplus; i++) {
            Py_CLEAR(frame->localsplus[i]);
        }
    }
    return result;
#  endif
}

#  ifdef PFX_CALLEE_CLEARS_FRAME
/* A code object that ends in RETURN_VALUE and has no locals: the last of its instructions
   gives a frame's result and lets the interpreter clear the frame. */
static PyCodeObject *
return_code(void)
{
    if (pfx.return_code == NULL) {
        PyObject *code = Py_CompileString("lambda: {}", "<paddlefx>", Py_eval_input);
        PyObject *consts = code == NULL ? NULL : PyObject_GetAttrString(code, "co_consts");
        if (consts != NULL) {
            pfx.return_code = (PyCodeObject *)Py_NewRef(PyTuple_GET_ITEM(consts, 0));
        }
        Py_XDECREF(consts);
        Py_XDECREF(code);
    }
    return pfx.return_code;
}

PyObject *
pfx_frame_finish(PyThreadState *tstate, pfx_frame *frame, PyObject *result)
{
    if (result != NULL) {
        PyCodeObject *code = return_code();
        if (code != NULL && pfx_frame_fits(tstate, frame, code)) {
            int count = pfx_frame_code(frame)->co_nlocalsplus;
            for (int i = 0; i < count; i++) {
                Py_CLEAR(frame->localsplus[i]);
            }
            frame->localsplus[0] = result;
            retarget(tstate, frame, code, (int)Py_SIZE(code) - 1, 1);
            return _PyEval_EvalFrameDefault(tstate, frame, 0);
        }
        Py_DECREF(result);
        if (!PyErr_Occurred()) {
            PyErr_NoMemory();
        }
    }
#    ifdef PFX_FRAME_EXECUTABLE
    frame->instr_ptr = _PyCode_CODE(pfx_frame_code(frame)) - 1; /* not begun: no traceback entry */
#    endif
    return _PyEval_EvalFrameDefault(tstate, frame, 1);
}
#  else
PyObject *
pfx_frame_finish(PyThreadState *tstate, pfx_frame *frame, PyObject *result)
{
    (void)tstate;
    (void)frame; /* the caller clears it */
    return result;
}
#  endif

/* Without a hook, calls from Python to Python nest no C frames and have only the limit of
   sys.setrecursionlimit(). The hook must not bring another: what it takes of the limit of C
   calls is given back, and past this depth it is taken out until the frame there returns. */
#  define MOST_EVALUATIONS 1000

static PyObject *evaluate(PyThreadState *, pfx_frame *, int);

static PyObject *
evaluate_suspended(PyThreadState *tstate, pfx_frame *frame, int throwflag)
{
    pfx.suspensions++;
    pfx_frame_uninstall();
    PyObject *result = pfx.previous_eval(tstate, frame, throwflag);
    if (--pfx.suspensions == 0 && pfx.hooked_calls > 0 && !pfx_frame_is_installed()) {
        pfx_set_eval(evaluate);
    }
    return result;
}

static PyObject *
evaluate(PyThreadState *tstate, pfx_frame *frame, int throwflag)
{
    PyObject *result;
    if (pfx_this_thread.evaluations >= MOST_EVALUATIONS) {
        return evaluate_suspended(tstate, frame, throwflag);
    }
    pfx_this_thread.evaluations++;
#  ifdef PFX_EVAL_C_UNITS
    tstate->c_recursion_remaining += PFX_EVAL_C_UNITS;
#  endif
    if (throwflag || !pfx_hook_is_active() || !pfx_frame_is_plain(frame)) {
        result = pfx.previous_eval(tstate, frame, throwflag);
    }
    else {
        result = pfx_hook_frame(tstate, frame);
    }
#  ifdef PFX_EVAL_C_UNITS
    tstate->c_recursion_remaining -= PFX_EVAL_C_UNITS;
#  endif
    pfx_this_thread.evaluations--;
    return result;
}

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

#endif /* PFX_INTERPRETER_FRAMES */

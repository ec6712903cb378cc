/* Evaluating a guard program: its steps in order, up to the first that fails. */

#include "witness.h"

/* Whether two open buffers have one layout and the same bytes; both are contiguous. */
static bool
same_view(const Py_buffer *one, const Py_buffer *two)
{
    if (one->len != two->len || one->itemsize != two->itemsize || one->ndim != two->ndim
        || !one->readonly != !two->readonly || strcmp(one->format, two->format) != 0) {
        return false;
    }
    for (int i = 0; i < one->ndim; i++) {
        if (one->shape[i] != two->shape[i]) {
            return false;
        }
        if (one->shape[i] > 1 && one->strides[i] != two->strides[i]) {
            return false;
        }
    }
    return memcmp(one->buf, two->buf, (size_t)one->len) == 0;
}

/* Whether `found` is an array like `expected`, a contiguous one that nobody else has. */
static bool
same_buffer(PyObject *found, PyObject *expected)
{
    Py_buffer one, two;
    if (Py_TYPE(found) != Py_TYPE(expected)) {
        return false;
    }
    if (PyObject_GetBuffer(found, &one, PyBUF_FULL_RO) < 0) {
        PyErr_Clear();
        return false;
    }
    if (PyObject_GetBuffer(expected, &two, PyBUF_FULL_RO) < 0) {
        PyErr_Clear();
        PyBuffer_Release(&one);
        return false;
    }
    bool same = PyBuffer_IsContiguous(&one, 'A') && one.format != NULL && two.format != NULL
                && same_view(&one, &two);
    PyBuffer_Release(&two);
    PyBuffer_Release(&one);
    return same;
}

static bool
load_global(const pfx_scope *scope, PyObject *name, PyObject **value)
{
    if (pfx_read_dict(scope->globals, name, value)) {
        return true;
    }
    PyObject *builtins = scope->builtins;
    if (builtins == NULL) {
        builtins = pfx_builtins_of(scope->globals);
    }
    return builtins != NULL && PyDict_Check(builtins) && pfx_read_dict(builtins, name, value);
}

/* What a step looks at; NULL for a root, and for a local without a value. Borrowed. */
static inline PyObject *
base_of(const pfx_step *step, const pfx_scope *scope, PyObject *const *registers)
{
    if (step->slot >= 0) {
        PyObject *value = step->slot < scope->nlocals ? scope->locals[step->slot] : NULL;
        return value == pfx.unbound ? NULL : value;
    }
    return step->base < 0 ? NULL : registers[step->base];
}

/* The second object of a check that compares two; NULL for a local without a value. Borrowed. */
static inline PyObject *
second_of(const pfx_step *step, const pfx_scope *scope, PyObject *const *registers)
{
    if (step->index < 0) {
        return registers[step->target];
    }
    PyObject *value = step->index < scope->nlocals ? scope->locals[step->index] : NULL;
    return value == pfx.unbound ? NULL : value;
}

/* The exception that is being handled where the frame is called: what sys.exc_info() would
   give there; None for none. */
static PyObject *
handled(void)
{
    PyObject *type, *value, *traceback;
    PyErr_GetExcInfo(&type, &value, &traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value != NULL ? value : Py_NewRef(Py_None);
}

/* A number, whose operators run no Python code. */
static inline bool
is_number(PyObject *value)
{
    return value != NULL && (PyLong_CheckExact(value) || PyFloat_CheckExact(value));
}

/* Whether it is an int from low to high. */
static bool
check_range(PyObject *value, Py_ssize_t low, Py_ssize_t high)
{
    if (!PyLong_CheckExact(value)) {
        return false;
    }
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow == 0 && number >= low && number <= high;
}

/* Whether a tuple of it can be made without running anybody's code: a deque. */
static bool
is_taken(PyObject *function, PyObject *value)
{
    return function == (PyObject *)&PyTuple_Type && value != NULL
           && strcmp(Py_TYPE(value)->tp_name, "collections.deque") == 0;
}

/* A built-in function of numbers, a C method, which checks by itself what it is given, or the
   elements of a deque. */
static bool
compute(const pfx_step *step, PyObject *first, const pfx_scope *scope, PyObject **registers)
{
    PyObject *operands[PFX_OPERANDS] = {NULL};
    bool method = Py_TYPE(step->key) == &PyMethodDescr_Type;
    for (int i = 0; i < step->noperands; i++) {
        const pfx_operand *operand = &step->operands[i];
        operands[i] = operand->slot < 0 ? registers[operand->base]
                      : operand->slot < scope->nlocals ? scope->locals[operand->slot]
                                                       : NULL;
        if (!is_number(operands[i])) {
            return false;
        }
    }
    if (first == NULL || !(method || is_number(first) || is_taken(step->key, first))) {
        return false;
    }
    PyObject *result = PyObject_CallFunctionObjArgs(step->key, first, operands[0], operands[1],
                                                    operands[2], NULL);
    if (result == NULL) {
        PyErr_Clear();
        return false;
    }
    registers[step->target] = result;
    return true;
}

/* One step; registers are filled only on success. */
static inline bool
run_step(const pfx_guards *program, const pfx_step *step, const pfx_scope *scope,
         PyObject **registers)
{
    PyObject *base = base_of(step, scope, registers);
    PyObject **target = &registers[step->target];
    PyObject *value;
    if (step->slot >= 0 && base == NULL) {
        return false;
    }
    switch (step->kind) {
    case LOAD_LOCAL: /* read where it is used */
        return true;
    case LOAD_GLOBAL:
        return load_global(scope, step->key, target);
    case LOAD_CELL:
        if (step->index >= scope->ncells) {
            return false;
        }
        value = scope->cells[step->index];
        if (value == NULL || !PyCell_Check(value)) {
            return false;
        }
        value = PyCell_GET(value);
        if (value == NULL) {
            return false;
        }
        *target = Py_NewRef(value);
        return true;
    case LOAD_CELL_OBJECT:
        if (step->index >= scope->ncells || scope->cells[step->index] == NULL) {
            return false;
        }
        *target = Py_NewRef(scope->cells[step->index]);
        return true;
    case LOAD_OBJECT:
        if (program->dead) { /* it may have died since the program started */
            return false;
        }
        *target = Py_NewRef(step->object);
        return true;
    case LOAD_HANDLED:
        *target = handled();
        return true;
    case LOAD_ATTRIBUTE:
        return pfx_read_attribute(base, step->key, target);
    case LOAD_INSTANCE_DICT:
        value = pfx_instance_dict(base);
        if (value == NULL) {
            return false;
        }
        *target = Py_NewRef(value);
        return true;
    case LOAD_INSTANCE_ITEM:
        return !PyType_Check(base) && pfx_read_instance(base, step->key, target);
    case LOAD_ITEM:
        return pfx_read_item(base, step->key, step->index, step->by_index, target);
    case LOAD_TYPE:
        *target = Py_NewRef(Py_TYPE(base));
        return true;
    case LOAD_TYPE_ATTRIBUTE:
        if (!PyType_Check(base)) {
            return false;
        }
        value = _PyType_Lookup((PyTypeObject *)base, step->key);
        if (value == NULL) {
            return false;
        }
        *target = Py_NewRef(value);
        return true;
    case LOAD_COMPUTED:
        return compute(step, base, scope, registers);
    case LOAD_UPCOMING:
        return pfx_read_upcoming(base, step->index, target) > 0;
    case LOAD_ITERATOR_PART:
        return pfx_read_iterator_part(base, step->index, target);
    case CHECK_GIVES:
        if (step->index > 0) {
            if (pfx_read_upcoming(base, step->index - 1, &value) <= 0) {
                return false;
            }
            Py_DECREF(value);
        }
        return true;
    case CHECK_ENDS:
        return pfx_read_upcoming(base, step->index, &value) == 0;
    case CHECK_TYPE:
        return (PyObject *)Py_TYPE(base) == step->object;
    case CHECK_IS:
        return base == step->object;
    case CHECK_VALUE:
        return pfx_same_constant(base, step->key);
    case CHECK_BUFFER:
        return same_buffer(base, step->key);
    case CHECK_LENGTH:
        return pfx_length(base) == step->index;
    case CHECK_TABLE:
        return PyAnySet_CheckExact(base) && pfx_same_table(base, step->key);
    case CHECK_KEYS:
        if (PyAnySet_CheckExact(base)) {
            return pfx_has_elements(base, step->key);
        }
        return PyDict_Check(base) && pfx_has_keys(base, step->key);
    case CHECK_LACKS:
        if (!PyDict_Check(base)) {
            return false;
        }
        if (pfx_read_dict(base, step->key, &value)) {
            Py_DECREF(value);
            return false;
        }
        return true;
    case CHECK_INSTANCE_LACKS:
        if (PyType_Check(base)) {
            return false;
        }
        if (pfx_read_instance(base, step->key, &value)) {
            Py_DECREF(value);
            return false;
        }
        return true;
    case CHECK_RANGE:
        return check_range(base, step->index, step->high);
    case CHECK_TENSOR:
        return pfx_check_tensor(step->tensor, base);
    case CHECK_TYPE_ATTRIBUTE:
        return PyType_Check(base)
               && _PyType_Lookup((PyTypeObject *)base, step->key) == step->object;
    case CHECK_SAME:
        return base == second_of(step, scope, registers);
    case CHECK_DISTINCT:
        value = second_of(step, scope, registers);
        return value != NULL && base != value;
    case STEP_KINDS:
        break;
    }
    return false;
}

#define REGISTERS_ON_STACK 32

/* Runs on after a check that failed, up to a load that can't be taken; `failures` gets a pair
   (row, what it looked at) for each check. */
static bool
note_failure(const pfx_step *step, const pfx_scope *scope, PyObject **registers,
             PyObject *failures)
{
    PyObject *base = base_of(step, scope, registers);
    PyObject *pair = Py_BuildValue("iO", step->row, base == NULL ? pfx.unbound : base);
    int status = pair == NULL ? -1 : PyList_Append(failures, pair);
    Py_XDECREF(pair);
    return status == 0;
}

static void
run_on(const pfx_guards *program, const pfx_scope *scope, PyObject **registers, Py_ssize_t *at,
       PyObject *failures)
{
    const pfx_step *steps = program->steps;
    while (*at < program->nsteps) {
        if (!run_step(program, &steps[*at], scope, registers)) {
            if (!note_failure(&steps[*at], scope, registers, failures)) {
                PyErr_Clear();
                return;
            }
            if (steps[*at].owns) { /* a load: nothing behind it can be read */
                return;
            }
        }
        (*at)++;
    }
}

/* All steps or what a witness leaves of them, up to the first that fails: whether none does. */
static bool
run(const pfx_guards *program, const pfx_step *steps, Py_ssize_t nsteps, int nregisters,
    const pfx_scope *scope, pfx_failure *failure, PyObject *failures)
{
    PyObject *few[REGISTERS_ON_STACK];
    PyObject **registers = few;
    if (nregisters > REGISTERS_ON_STACK) {
        registers = PyMem_New(PyObject *, nregisters);
        if (registers == NULL) {
            if (failure != NULL) {
                *failure = (pfx_failure){-1, NULL};
            }
            return false;
        }
    }
    Py_ssize_t at = 0;
    while (at < nsteps && run_step(program, &steps[at], scope, registers)) {
        at++;
    }
    if (failures != NULL) {
        run_on(program, scope, registers, &at, failures);
    }
    bool holds = at == nsteps;
    if (!holds && failure != NULL) {
        PyObject *base = base_of(&steps[at], scope, registers);
        *failure = (pfx_failure){steps[at].row, Py_XNewRef(base)};
    }
    for (Py_ssize_t i = 0; i < at; i++) {
        if (steps[i].owns) {
            Py_DECREF(registers[steps[i].target]);
        }
    }
    if (registers != few) {
        PyMem_Free(registers);
    }
    return holds;
}

static bool
evaluate(pfx_guards *program, const pfx_scope *scope, pfx_failure *failure, PyObject *failures)
{
    if (program->dead) {
        if (failure != NULL) {
            *failure = (pfx_failure){-1, NULL};
        }
        return false;
    }
    return run(program, program->steps, program->nsteps, program->nregisters, scope, failure,
               failures);
}

#define LONGEST_PATIENCE (1u << 20)

/* The guards held although the witness, if there is one, didn't say so: time for a new one? */
static void
call_witness(pfx_guards *program, const pfx_scope *scope)
{
    if (program->waited < program->patience || program->running > 0) {
        program->waited++;
        return;
    }
    program->waited = 0;
    if (program->patience < LONGEST_PATIENCE) {
        program->patience *= 2;
    }
    pfx_witness *made = pfx_witness_new(program, scope);
    if (program->running > 0 || program->dead) { /* what making one may have collected ran code */
        pfx_witness_free(made);
        return;
    }
    pfx_witness *old = program->witness;
    program->witness = made;
    pfx_witness_free(old);
    if (made == NULL) {
        program->patience = LONGEST_PATIENCE;
    }
}

bool
pfx_guards_check(pfx_guards *program, const pfx_scope *scope, pfx_failure *failure)
{
    pfx_witness *witness = program->witness;
    if (failure != NULL || program->dead) {
        return evaluate(program, scope, failure, NULL);
    }
    if (witness != NULL && pfx_witness_facts_hold(witness, scope)) {
        program->running++;
        bool holds = run(program, witness->rest, witness->nrest, witness->nregisters, scope, NULL,
                         NULL);
        program->running--;
        return holds;
    }
    bool holds = evaluate(program, scope, NULL, NULL);
    if (holds) {
        call_witness(program, scope);
    }
    return holds;
}

PyObject *
pfx_guards_failures(pfx_guards *program, const pfx_scope *scope)
{
    PyObject *failures = PyList_New(0);
    if (failures != NULL) {
        evaluate(program, scope, NULL, failures);
    }
    return failures;
}

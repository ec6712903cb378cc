/* Making the steps of a guard program from the rows that paddlefx/guards.py gives. */

#include "guard_steps.h"

static const char *const STEP_NAMES[STEP_KINDS] = {
    "LOAD_LOCAL",
    "LOAD_GLOBAL",
    "LOAD_CELL",
    "LOAD_CELL_OBJECT",
    "LOAD_OBJECT",
    "LOAD_HANDLED",
    "LOAD_ATTRIBUTE",
    "LOAD_INSTANCE_DICT",
    "LOAD_INSTANCE_ITEM",
    "LOAD_ITEM",
    "LOAD_TYPE",
    "LOAD_TYPE_ATTRIBUTE",
    "LOAD_COMPUTED",
    "LOAD_UPCOMING",
    "LOAD_ITERATOR_PART",
    "CHECK_TYPE",
    "CHECK_IS",
    "CHECK_VALUE",
    "CHECK_BUFFER",
    "CHECK_LENGTH",
    "CHECK_KEYS",
    "CHECK_TABLE",
    "CHECK_LACKS",
    "CHECK_INSTANCE_LACKS",
    "CHECK_RANGE",
    "CHECK_TENSOR",
    "CHECK_TYPE_ATTRIBUTE",
    "CHECK_GIVES",
    "CHECK_ENDS",
    "CHECK_SAME",
    "CHECK_DISTINCT",
};

/* Keeps `object` for identity: weakly where that is possible. */
static int
hold(pfx_guards *program, pfx_step *step, PyObject *object, PyObject *seen)
{
    step->object = object;
    bool eternal = PyType_Check(object)
                   && !(((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE);
    if (eternal || Py_TYPE(object)->tp_weaklistoffset == 0) {
        Py_INCREF(object);
        return 0;
    }
    PyObject *address = PyLong_FromVoidPtr(object);
    if (address == NULL) {
        goto strong;
    }
    int known = PySet_Contains(seen, address);
    if (known == 0) {
        PyObject *reference = PyWeakref_NewRef(object, program->death);
        if (reference == NULL) {
            Py_DECREF(address);
            if (PyErr_ExceptionMatches(PyExc_TypeError)) {
                PyErr_Clear();
                Py_INCREF(object);
                return 0;
            }
            goto strong;
        }
        known = PyList_Append(program->references, reference) < 0 ? -1
                                                                  : PySet_Add(seen, address);
        Py_DECREF(reference);
    }
    Py_DECREF(address);
    if (known < 0) {
        goto strong;
    }
    step->weak = true;
    return 0;
strong: /* an error is set; the step still has to own what it points at */
    Py_INCREF(object);
    return -1;
}

/* A size: one number, -1 for any, or (low, high). */
static bool
parse_size(PyObject *size, Py_ssize_t *low, Py_ssize_t *high)
{
    if (PyTuple_Check(size)) {
        return PyArg_ParseTuple(size, "nn;a size is a number or (low, high)", low, high);
    }
    *low = *high = PyNumber_AsSsize_t(size, PyExc_OverflowError);
    if (*low < 0) {
        if (PyErr_Occurred()) {
            return false;
        }
        *low = 0;
        *high = PY_SSIZE_T_MAX;
    }
    return true;
}

static pfx_tensor_spec *
parse_tensor(PyObject *operand)
{
    PyObject *shape, *dtype, *stop_gradient, *place;
    if (!PyTuple_Check(operand)) {
        PyErr_SetString(PyExc_TypeError, "the operand of a tensor guard must be a TensorMeta");
        return NULL;
    }
    if (!PyArg_ParseTuple(operand, "OOOO;a TensorMeta has four fields", &shape, &dtype,
                          &stop_gradient, &place)) {
        return NULL;
    }
    if (stop_gradient != Py_None && !PyBool_Check(stop_gradient)) {
        PyErr_SetString(PyExc_TypeError, "stop_gradient must be a bool or None");
        return NULL;
    }
    PyObject *dims = NULL;
    Py_ssize_t rank = -1;
    if (shape != Py_None) {
        dims = PySequence_Tuple(shape);
        if (dims == NULL) {
            return NULL;
        }
        rank = PyTuple_GET_SIZE(dims);
    }
    pfx_tensor_spec *spec = NULL;
    spec = PyMem_Malloc(sizeof(*spec) + (size_t)(rank < 0 ? 0 : rank) * sizeof(spec->dims[0]));
    if (spec == NULL) {
        Py_XDECREF(dims);
        PyErr_NoMemory();
        return NULL;
    }
    spec->rank = rank;
    spec->code = -1;
    spec->version = 0;
    for (Py_ssize_t i = 0; i < rank; i++) {
        if (!parse_size(PyTuple_GET_ITEM(dims, i), &spec->dims[i].low, &spec->dims[i].high)) {
            Py_DECREF(dims);
            PyMem_Free(spec);
            return NULL;
        }
    }
    Py_XDECREF(dims);
    spec->dtype = dtype == Py_None ? NULL : Py_NewRef(dtype);
    spec->place = place == Py_None ? NULL : Py_NewRef(place);
    spec->stop_gradient = stop_gradient == Py_None ? NULL : stop_gradient;
    return spec;
}

/* A member of an enum that hashes as enums do: by its name, in the standard library's code,
   or as the int or str that it is. */
static int
is_enum_member(PyObject *key)
{
    PyObject *module = PyImport_ImportModule("enum");
    PyObject *base = module == NULL ? NULL : PyObject_GetAttrString(module, "Enum");
    PyObject *usual = base == NULL ? NULL : PyObject_GetAttrString(base, "__hash__");
    PyObject *type = (PyObject *)Py_TYPE(key);
    PyObject *hash = usual == NULL ? NULL : PyObject_GetAttrString(type, "__hash__");
    hashfunc slot = Py_TYPE(key)->tp_hash;
    int found = -1;
    if (hash != NULL) {
        bool plain = hash == usual || slot == PyLong_Type.tp_hash || slot == PyUnicode_Type.tp_hash;
        found = plain ? PyObject_IsInstance(key, base) : 0;
    }
    Py_XDECREF(module);
    Py_XDECREF(base);
    Py_XDECREF(usual);
    Py_XDECREF(hash);
    return found;
}

/* A key that a dict finds without running a user's Python code. */
static int
check_key(PyObject *key)
{
    if (PyTuple_CheckExact(key)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); i++) {
            if (check_key(PyTuple_GET_ITEM(key, i)) < 0) {
                return -1;
            }
        }
        return 0;
    }
    if (pfx_is_constant(key) || Py_TYPE(key)->tp_hash == PyBaseObject_Type.tp_hash) {
        return 0;
    }
    int member = is_enum_member(key);
    if (member != 0) {
        return member < 0 ? -1 : 0;
    }
    PyErr_Format(PyExc_TypeError, "a guard can't use a key of type %.100s",
                 Py_TYPE(key)->tp_name);
    return -1;
}

/* The registers of the operands after the first. */
static int
parse_operands(const pfx_guards *program, pfx_step *step, PyObject *registers, const int *slots)
{
    if (!PyTuple_Check(registers) || PyTuple_GET_SIZE(registers) > PFX_OPERANDS) {
        PyErr_SetString(PyExc_TypeError, "a computed step has a tuple of a few operands");
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(registers); i++) {
        Py_ssize_t base = PyNumber_AsSsize_t(PyTuple_GET_ITEM(registers, i), NULL);
        if (base < 0 || base >= program->nregisters - 1) { /* the last is the step's own */
            if (!PyErr_Occurred()) {
                PyErr_SetString(PyExc_ValueError, "a step reads a register filled before it");
            }
            return -1;
        }
        step->operands[i] = (pfx_operand){(int)base, slots[base]};
    }
    step->noperands = (int)PyTuple_GET_SIZE(registers);
    return 0;
}

static int
parse_operand(pfx_guards *program, pfx_step *step, PyObject *operand, PyObject *extra,
              const int *slots, PyObject *seen)
{
    switch (step->kind) {
    case LOAD_LOCAL:
    case LOAD_CELL:
    case LOAD_CELL_OBJECT:
    case LOAD_UPCOMING:
    case LOAD_ITERATOR_PART:
    case CHECK_GIVES:
    case CHECK_ENDS:
    case CHECK_LENGTH:
        step->index = PyNumber_AsSsize_t(operand, PyExc_OverflowError);
        if (step->index < 0) {
            if (!PyErr_Occurred()) {
                PyErr_SetString(PyExc_ValueError, "an index or length must not be negative");
            }
            return -1;
        }
        return 0;
    case LOAD_ITEM:
        if (PyLong_Check(operand)) { /* bools index sequences too */
            step->index = PyNumber_AsSsize_t(operand, NULL);
            step->by_index = true;
        }
        /* fall through */
    case LOAD_INSTANCE_ITEM:
    case CHECK_LACKS:
    case CHECK_INSTANCE_LACKS:
        step->key = Py_NewRef(operand);
        return check_key(operand) < 0 || PyObject_Hash(operand) == -1 ? -1 : 0;
    case LOAD_GLOBAL:
    case LOAD_ATTRIBUTE:
    case LOAD_TYPE_ATTRIBUTE:
    case CHECK_TYPE_ATTRIBUTE:
        if (!PyUnicode_CheckExact(operand)) {
            PyErr_SetString(PyExc_TypeError, "a name must be a str");
            return -1;
        }
        step->key = Py_NewRef(operand);
        PyUnicode_InternInPlace(&step->key);
        if (PyObject_Hash(step->key) == -1) {
            return -1;
        }
        if (step->kind == CHECK_TYPE_ATTRIBUTE && extra != pfx.unbound) {
            return hold(program, step, extra, seen);
        }
        return 0;
    case CHECK_TYPE:
        if (!PyType_Check(operand)) {
            PyErr_SetString(PyExc_TypeError, "the operand of a type guard must be a type");
            return -1;
        }
        return hold(program, step, operand, seen);
    case LOAD_OBJECT:
    case CHECK_IS:
        return hold(program, step, operand, seen);
    case CHECK_VALUE:
        if (!pfx_is_constant(operand)) {
            PyErr_Format(PyExc_TypeError, "a value guard can't compare with a %.100s",
                         Py_TYPE(operand)->tp_name);
            return -1;
        }
        step->key = Py_TYPE(operand) == &PySet_Type ? PySet_New(operand) : Py_NewRef(operand);
        return step->key == NULL ? -1 : 0;
    case CHECK_BUFFER:
        if (!PyObject_CheckBuffer(operand)) {
            PyErr_Format(PyExc_TypeError, "a buffer guard can't compare with a %.100s",
                         Py_TYPE(operand)->tp_name);
            return -1;
        }
        step->key = Py_NewRef(operand);
        return 0;
    case CHECK_TABLE:
        if (!PyAnySet_CheckExact(operand)) {
            PyErr_SetString(PyExc_TypeError, "the operand of a table guard must be a set");
            return -1;
        }
        step->key = Py_NewRef(operand); /* nobody else has it */
        return 0;
    case CHECK_KEYS:
        if (!PyTuple_CheckExact(operand)) {
            PyErr_SetString(PyExc_TypeError, "the operand of a keys guard must be a tuple");
            return -1;
        }
        step->key = Py_NewRef(operand);
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(operand); i++) {
            if (check_key(PyTuple_GET_ITEM(operand, i)) < 0) {
                return -1;
            }
        }
        return 0;
    case CHECK_RANGE:
        if (!PyArg_ParseTuple(operand, "nn;the operand of a range guard is (low, high)",
                              &step->index, &step->high)) {
            return -1;
        }
        return 0;
    case LOAD_COMPUTED:
        if (!PyCFunction_Check(operand) && !PyType_Check(operand)
            && Py_TYPE(operand) != &PyMethodDescr_Type) {
            PyErr_SetString(PyExc_TypeError, "a guard computes with built-in functions only");
            return -1;
        }
        step->key = Py_NewRef(operand);
        return parse_operands(program, step, extra, slots);
    case CHECK_TENSOR:
        step->tensor = parse_tensor(operand);
        return step->tensor == NULL ? -1 : 0;
    case CHECK_SAME: /* pfx_parse_step found the second place */
    case CHECK_DISTINCT:
    case LOAD_HANDLED:
    case LOAD_INSTANCE_DICT:
    case LOAD_TYPE:
    case STEP_KINDS:
        return 0;
    }
    return 0;
}

/* The second register of a check that compares two; -1 with an error set. */
static int
parse_second(const pfx_guards *program, pfx_step *step, PyObject *operand, const int *slots)
{
    Py_ssize_t second = PyNumber_AsSsize_t(operand, PyExc_OverflowError);
    if (second == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (second < 0 || second >= program->nregisters) {
        PyErr_SetString(PyExc_ValueError, "a step reads a register filled before it");
        return -1;
    }
    step->target = (int)second;
    step->index = slots[second];
    return 0;
}

int
pfx_parse_step(pfx_guards *program, PyObject *row, int number, int *slots, PyObject *seen)
{
    const char *name;
    int target, base;
    PyObject *operand, *extra;
    if (!PyTuple_Check(row)
        || !PyArg_ParseTuple(row, "siiOO;a step is (kind, target, base, operand, extra)", &name,
                             &target, &base, &operand, &extra)) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_TypeError, "a step must be a tuple");
        }
        return -1;
    }
    int kind = 0;
    while (kind < STEP_KINDS && strcmp(STEP_NAMES[kind], name) != 0) {
        kind++;
    }
    if (kind == STEP_KINDS) {
        PyErr_Format(PyExc_ValueError, "no such step: %s", name);
        return -1;
    }
    bool loads = kind < CHECK_TYPE;
    bool rooted = kind <= LOAD_HANDLED;
    /* Registers are filled in order, each by one load: so no check reads an empty one. */
    if (loads ? target != program->nregisters : target != -1) {
        PyErr_SetString(PyExc_ValueError, "a load fills the next register, a check none");
        return -1;
    }
    if (rooted ? base != -1 : base < 0 || base >= program->nregisters) {
        PyErr_SetString(PyExc_ValueError, "a step reads a register filled before it");
        return -1;
    }
    pfx_step *step = &program->steps[program->nsteps];
    *step = (pfx_step){.kind = (pfx_step_kind)kind, .target = loads ? target : 0, .base = base};
    step->slot = base < 0 ? -1 : slots[base];
    step->row = number;
    step->owns = loads;
    if (loads) {
        slots[program->nregisters++] = -1;
    }
    if (kind == LOAD_LOCAL) { /* no step: whoever reads the register reads the local */
        int status = parse_operand(program, step, operand, extra, slots, seen);
        slots[target] = (int)step->index;
        return status;
    }
    if (kind == CHECK_SAME || kind == CHECK_DISTINCT) {
        if (parse_second(program, step, operand, slots) < 0) {
            return -1;
        }
    }
    program->nsteps++; /* from here on dealloc looks after what it holds */
    return parse_operand(program, step, operand, extra, slots, seen);
}

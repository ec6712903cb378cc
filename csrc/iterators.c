/* What built-in iterators will give, read from their fields: nothing moves, nobody's code runs.

   The layouts are those of listobject.c, tupleobject.c, rangeobject.c, dictobject.c,
   odictobject.c, enumobject.c and bltinmodule.c, 3.8-3.13. Capture runs a loop that a resume
   function takes over in the middle; the residual program moves the real iterator when the
   graph has run. */

#include "odict.h"
#include "paddlefx.h"

typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *over; /* NULL at the end */
} sequence_iterator; /* of lists, in both directions, and of tuples */

typedef struct {
    PyObject_HEAD
#ifndef PFX_RANGE_ITERATOR_SHRINKS
    long index;
#endif
    long start;
    long step;
    long length;
} range_iterator;

typedef struct {
    PyObject_HEAD
    PyDictObject *over; /* NULL at the end */
    Py_ssize_t used;
    Py_ssize_t position;
    PyObject *result;
    Py_ssize_t left;
} dict_iterator;

typedef struct {
    PyObject_HEAD
    int kind;
    pfx_odict *over; /* NULL at the end */
    Py_ssize_t size;
    size_t state;
    PyObject *next; /* the key; NULL when there is none left */
    PyObject *result;
} odict_iterator;

enum { ODICT_REVERSED = 1, ODICT_KEYS = 2, ODICT_VALUES = 4 };

typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *inner;
    PyObject *result;
    PyObject *long_index; /* or NULL */
} enumerate_iterator;

typedef struct {
    PyObject_HEAD
    Py_ssize_t count;
    PyObject *inner; /* a tuple */
    PyObject *result;
#ifdef PFX_ZIP_HAS_STRICT
    int strict;
#endif
} zip_iterator;

static int
found(PyObject *item, PyObject **value)
{
    *value = Py_NewRef(item);
    return 1;
}

static int
made(PyObject *item, PyObject **value)
{
    if (item == NULL) { /* no memory */
        PyErr_Clear();
        return -1;
    }
    *value = item;
    return 1;
}

static int
in_list(sequence_iterator *self, Py_ssize_t index, PyObject **value)
{
    PyObject *list = self->over;
    if (list == NULL || index < 0 || index >= PyList_GET_SIZE(list)) {
        return 0;
    }
    return found(PyList_GET_ITEM(list, index), value);
}

static int
in_range(range_iterator *self, Py_ssize_t ahead, PyObject **value)
{
#ifdef PFX_RANGE_ITERATOR_SHRINKS
    long index = 0;
#else
    long index = self->index;
#endif
    if (ahead >= (Py_ssize_t)(self->length - index)) {
        return 0;
    }
    /* as CPython: the sum is an element of the range, whatever overflows on the way */
    unsigned long offset = ((unsigned long)index + (unsigned long)ahead) * (unsigned long)self->step;
    return made(PyLong_FromLong((long)((unsigned long)self->start + offset)), value);
}

static int
in_dict(dict_iterator *self, Py_ssize_t ahead, PyObject **value)
{
    PyObject *dict = (PyObject *)self->over, *key, *item;
    if (dict == NULL) {
        return 0;
    }
    if (self->used != PyDict_GET_SIZE(dict)) {
        return -1; /* RuntimeError */
    }
    Py_ssize_t position = self->position;
    for (Py_ssize_t i = 0; i <= ahead; i++) {
        if (!PyDict_Next(dict, &position, &key, &item)) {
            return 0;
        }
    }
    if (ahead >= self->left) {
        return -1; /* the keys have changed: RuntimeError */
    }
    if (Py_TYPE(self) == &PyDictIterKey_Type) {
        return found(key, value);
    }
    if (Py_TYPE(self) == &PyDictIterValue_Type) {
        return found(item, value);
    }
    return made(PyTuple_Pack(2, key, item), value);
}

static int
in_odict(odict_iterator *self, Py_ssize_t ahead, PyObject **value)
{
    pfx_odict *over = self->over;
    if (over == NULL || self->next == NULL) {
        return 0;
    }
    if (self->state != over->state || self->size != PyDict_GET_SIZE((PyObject *)over)) {
        return -1; /* RuntimeError */
    }
    pfx_odict_node *node = over->first;
    while (node != NULL && node->key != self->next) {
        node = node->next;
    }
    if (node == NULL) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < ahead && node != NULL; i++) {
        node = self->kind & ODICT_REVERSED ? node->previous : node->next;
    }
    if (node == NULL) {
        return 0;
    }
    if (!(self->kind & ODICT_VALUES)) {
        return found(node->key, value);
    }
    PyObject *item;
    if (!pfx_read_dict((PyObject *)over, node->key, &item)) {
        return -1;
    }
    if (!(self->kind & ODICT_KEYS)) {
        *value = item;
        return 1;
    }
    int status = made(PyTuple_Pack(2, node->key, item), value);
    Py_DECREF(item);
    return status;
}

int
pfx_read_upcoming(PyObject *iterator, Py_ssize_t ahead, PyObject **value)
{
    PyTypeObject *type = Py_TYPE(iterator);
    if (type == &PyListIter_Type) {
        sequence_iterator *self = (sequence_iterator *)iterator;
        return in_list(self, self->index + ahead, value);
    }
    if (type == &PyListRevIter_Type) {
        sequence_iterator *self = (sequence_iterator *)iterator;
        /* one whose list has become shorter ends at once */
        bool ends = self->over == NULL || self->index >= PyList_GET_SIZE(self->over);
        return ends ? 0 : in_list(self, self->index - ahead, value);
    }
    if (type == &PyTupleIter_Type) {
        sequence_iterator *self = (sequence_iterator *)iterator;
        Py_ssize_t index = self->index + ahead;
        if (self->over == NULL || index >= PyTuple_GET_SIZE(self->over)) {
            return 0;
        }
        return found(PyTuple_GET_ITEM(self->over, index), value);
    }
    if (type == &PyRangeIter_Type) {
        return in_range((range_iterator *)iterator, ahead, value);
    }
    if (type == &PyDictIterKey_Type || type == &PyDictIterValue_Type
        || type == &PyDictIterItem_Type) {
        return in_dict((dict_iterator *)iterator, ahead, value);
    }
    if (type == &PyODictIter_Type) {
        return in_odict((odict_iterator *)iterator, ahead, value);
    }
    return -1;
}

static PyObject *
over_of(PyObject *iterator)
{
    PyTypeObject *type = Py_TYPE(iterator);
    if (type == &PyListIter_Type || type == &PyListRevIter_Type || type == &PyTupleIter_Type) {
        return ((sequence_iterator *)iterator)->over;
    }
    if (type == &PyDictIterKey_Type || type == &PyDictIterValue_Type
        || type == &PyDictIterItem_Type) {
        return (PyObject *)((dict_iterator *)iterator)->over;
    }
    if (type == &PyODictIter_Type) {
        return (PyObject *)((odict_iterator *)iterator)->over;
    }
    return NULL;
}

static PyObject *
inner_of(PyObject *iterator, Py_ssize_t number)
{
    if (Py_TYPE(iterator) == &PyEnum_Type) {
        return number == 0 ? ((enumerate_iterator *)iterator)->inner : NULL;
    }
    if (Py_TYPE(iterator) != &PyZip_Type) {
        return NULL;
    }
    zip_iterator *self = (zip_iterator *)iterator;
#ifdef PFX_ZIP_HAS_STRICT
    if (self->strict) {
        return NULL;
    }
#endif
    return number < self->count ? PyTuple_GET_ITEM(self->inner, number) : NULL;
}

bool
pfx_read_iterator_part(PyObject *iterator, Py_ssize_t part, PyObject **value)
{
    if (PyGen_CheckExact(iterator)) {
        if (!pfx_read_generator(iterator, part, value)) {
            PyErr_Clear();
            return false;
        }
        return true;
    }
    if (part == PFX_PART_INDEX && Py_TYPE(iterator) == &PyODictIter_Type) {
        return made(PyLong_FromLong(((odict_iterator *)iterator)->kind), value) > 0;
    }
    if (part == PFX_PART_INDEX) {
        enumerate_iterator *self = (enumerate_iterator *)iterator;
        if (Py_TYPE(iterator) != &PyEnum_Type || self->long_index != NULL) {
            return false;
        }
        return made(PyLong_FromSsize_t(self->index), value) > 0;
    }
    PyObject *held;
    held = part == PFX_PART_OVER ? over_of(iterator) : inner_of(iterator, part - PFX_PART_INNER);
    return held != NULL && found(held, value) > 0;
}

/* -- for Python */

static PyObject *
upcoming(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "upcoming() takes an iterator and a number");
        return NULL;
    }
    Py_ssize_t ahead = PyNumber_AsSsize_t(args[1], PyExc_OverflowError);
    if (ahead < 0) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_ValueError, "the number must not be negative");
        }
        return NULL;
    }
    PyObject *value;
    int status = pfx_read_upcoming(args[0], ahead, &value);
    if (status < 0) {
        PyErr_Format(PyExc_TypeError, "can't tell what a %.100s will give",
                     Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    return status > 0 ? value : Py_NewRef(pfx.unbound);
}

static PyObject *
iterator_part(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "iterator_part() takes an iterator and a number");
        return NULL;
    }
    Py_ssize_t part = PyNumber_AsSsize_t(args[1], PyExc_OverflowError);
    if (part == -1 && PyErr_Occurred()) {
        return NULL;
    }
    PyObject *value;
    return part >= 0 && pfx_read_iterator_part(args[0], part, &value) ? value
                                                                      : Py_NewRef(pfx.unbound);
}

static PyObject *
advance(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (nargs != 2 || !PyIter_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "advance() takes an iterator and a number");
        return NULL;
    }
    Py_ssize_t count = PyNumber_AsSsize_t(args[1], PyExc_OverflowError);
    if (count == -1 && PyErr_Occurred()) {
        return NULL;
    }
    for (; count > 0; count--) {
        PyObject *item = PyIter_Next(args[0]);
        if (item == NULL) {
            if (PyErr_Occurred()) {
                return NULL;
            }
            break;
        }
        Py_DECREF(item);
    }
    Py_RETURN_NONE;
}

PyMethodDef pfx_iterators_methods[] = {
    {"upcoming", (PyCFunction)(void (*)(void))upcoming, METH_FASTCALL,
     "upcoming(iterator, ahead): the value behind the next `ahead` ones, UNBOUND if there is\n"
     "none; the iterator, one of a built-in container, doesn't move"},
    {"iterator_part", (PyCFunction)(void (*)(void))iterator_part, METH_FASTCALL,
     "iterator_part(iterator, part): 0: what it goes over; 1: the next index of enumerate(),\n"
     "the kind of an iterator of an OrderedDict; 2 and more: the iterators that\n"
     "enumerate() and zip() take from; UNBOUND for nothing"},
    {"advance", (PyCFunction)(void (*)(void))advance, METH_FASTCALL,
     "advance(iterator, count): take so many values, as many as there are"},
    {NULL, NULL, 0, NULL},
};

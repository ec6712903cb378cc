/* The linked list of an OrderedDict (Objects/odictobject.c, the same in 3.8-3.13): its
   order is not the order of the dict inside once move_to_end was called. */

#ifndef PADDLEFX_ODICT_H
#define PADDLEFX_ODICT_H

#include "compat.h"

typedef struct pfx_odict_node {
    PyObject *key;
    Py_hash_t hash;
    struct pfx_odict_node *next;
    struct pfx_odict_node *previous;
} pfx_odict_node;

typedef struct {
    PyDictObject dict;
    pfx_odict_node *first;
    pfx_odict_node *last;
    pfx_odict_node **nodes; /* a table beside the dict's */
    Py_ssize_t size;
    void *sentinel;
    size_t state; /* changes with the list */
    /* more, of no interest */
} pfx_odict;

#endif /* PADDLEFX_ODICT_H */

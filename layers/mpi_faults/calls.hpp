#pragma once

// The functions of MPI that the layer stands in for: nonblocking and persistent ones, those that
// complete requests, and what juggle::mpi calls beside them.
//
//     #define CALL(name, object, parameters, arguments) ...
//     JUGGLE_MPI_STARTS(CALL)
//
// `object` is the kind of handle whose error handler is called, and its parameter: COMM(comm). The
// last parameter of a function that starts something is not listed: the request.

// clang-format off
#define JUGGLE_MPI_SENDS(CALL, name) \
    CALL(name, COMM(g), (const void* a, int b, MPI_Datatype c, int e, int f, MPI_Comm g), \
         (a, b, c, e, f, g))
#define JUGGLE_MPI_RECEIVES(CALL, name) \
    CALL(name, COMM(g), (void* a, int b, MPI_Datatype c, int e, int f, MPI_Comm g), \
         (a, b, c, e, f, g))
#define JUGGLE_MPI_ROOTED(CALL, name) \
    CALL(name, COMM(h), (const void* a, int b, MPI_Datatype c, void* d, int e, MPI_Datatype f, \
                         int g, MPI_Comm h), (a, b, c, d, e, f, g, h))
#define JUGGLE_MPI_ALL_TO_ALL(CALL, name) \
    CALL(name, COMM(g), (const void* a, int b, MPI_Datatype c, void* d, int e, MPI_Datatype f, \
                         MPI_Comm g), (a, b, c, d, e, f, g))
#define JUGGLE_MPI_GATHERS_V(CALL, name) \
    CALL(name, COMM(h), (const void* a, int b, MPI_Datatype c, void* d, const int e[], \
                         const int f[], MPI_Datatype g, MPI_Comm h), (a, b, c, d, e, f, g, h))
#define JUGGLE_MPI_ALL_TO_ALL_V(CALL, name) \
    CALL(name, COMM(i), (const void* a, const int b[], const int c[], MPI_Datatype d, void* e, \
                         const int f[], const int g[], MPI_Datatype h, MPI_Comm i), \
         (a, b, c, d, e, f, g, h, i))
#define JUGGLE_MPI_ALL_TO_ALL_W(CALL, name, Offset) \
    CALL(name, COMM(i), (const void* a, const int b[], const Offset c[], const MPI_Datatype d[], \
                         void* e, const int f[], const Offset g[], const MPI_Datatype h[], \
                         MPI_Comm i), (a, b, c, d, e, f, g, h, i))
#define JUGGLE_MPI_REDUCTIONS(CALL, name) \
    CALL(name, COMM(f), (const void* a, void* b, int c, MPI_Datatype d, MPI_Op e, MPI_Comm f), \
         (a, b, c, d, e, f))
#define JUGGLE_MPI_READS(CALL, name) \
    CALL(name, FILE(a), (MPI_File a, void* b, int c, MPI_Datatype d), (a, b, c, d))
#define JUGGLE_MPI_READS_AT(CALL, name) \
    CALL(name, FILE(a), (MPI_File a, MPI_Offset b, void* c, int d, MPI_Datatype e), (a, b, c, d, e))
#define JUGGLE_MPI_WRITES(CALL, name) \
    CALL(name, FILE(a), (MPI_File a, const void* b, int c, MPI_Datatype d), (a, b, c, d))
#define JUGGLE_MPI_WRITES_AT(CALL, name) \
    CALL(name, FILE(a), (MPI_File a, MPI_Offset b, const void* c, int d, MPI_Datatype e), \
         (a, b, c, d, e))

#define JUGGLE_MPI_STARTS(CALL) \
    JUGGLE_MPI_SENDS(CALL, MPI_Isend) \
    JUGGLE_MPI_SENDS(CALL, MPI_Ibsend) \
    JUGGLE_MPI_SENDS(CALL, MPI_Issend) \
    JUGGLE_MPI_SENDS(CALL, MPI_Irsend) \
    JUGGLE_MPI_RECEIVES(CALL, MPI_Irecv) \
    CALL(MPI_Imrecv, COMM(MPI_COMM_WORLD), (void* a, int b, MPI_Datatype c, MPI_Message* d), \
         (a, b, c, d)) \
    JUGGLE_MPI_SENDS(CALL, MPI_Send_init) \
    JUGGLE_MPI_SENDS(CALL, MPI_Bsend_init) \
    JUGGLE_MPI_SENDS(CALL, MPI_Ssend_init) \
    JUGGLE_MPI_SENDS(CALL, MPI_Rsend_init) \
    JUGGLE_MPI_RECEIVES(CALL, MPI_Recv_init) \
    CALL(MPI_Ibarrier, COMM(a), (MPI_Comm a), (a)) \
    CALL(MPI_Ibcast, COMM(e), (void* a, int b, MPI_Datatype c, int d, MPI_Comm e), \
         (a, b, c, d, e)) \
    JUGGLE_MPI_ROOTED(CALL, MPI_Igather) \
    CALL(MPI_Igatherv, COMM(i), (const void* a, int b, MPI_Datatype c, void* d, const int e[], \
                                 const int f[], MPI_Datatype g, int h, MPI_Comm i), \
         (a, b, c, d, e, f, g, h, i)) \
    JUGGLE_MPI_ROOTED(CALL, MPI_Iscatter) \
    CALL(MPI_Iscatterv, COMM(i), (const void* a, const int b[], const int c[], MPI_Datatype d, \
                                  void* e, int f, MPI_Datatype g, int h, MPI_Comm i), \
         (a, b, c, d, e, f, g, h, i)) \
    JUGGLE_MPI_ALL_TO_ALL(CALL, MPI_Iallgather) \
    JUGGLE_MPI_GATHERS_V(CALL, MPI_Iallgatherv) \
    JUGGLE_MPI_ALL_TO_ALL(CALL, MPI_Ialltoall) \
    JUGGLE_MPI_ALL_TO_ALL_V(CALL, MPI_Ialltoallv) \
    JUGGLE_MPI_ALL_TO_ALL_W(CALL, MPI_Ialltoallw, int) \
    CALL(MPI_Ireduce, COMM(g), (const void* a, void* b, int c, MPI_Datatype d, MPI_Op e, int f, \
                                MPI_Comm g), (a, b, c, d, e, f, g)) \
    JUGGLE_MPI_REDUCTIONS(CALL, MPI_Iallreduce) \
    CALL(MPI_Ireduce_scatter, COMM(f), (const void* a, void* b, const int c[], MPI_Datatype d, \
                                        MPI_Op e, MPI_Comm f), (a, b, c, d, e, f)) \
    JUGGLE_MPI_REDUCTIONS(CALL, MPI_Ireduce_scatter_block) \
    JUGGLE_MPI_REDUCTIONS(CALL, MPI_Iscan) \
    JUGGLE_MPI_REDUCTIONS(CALL, MPI_Iexscan) \
    JUGGLE_MPI_ALL_TO_ALL(CALL, MPI_Ineighbor_allgather) \
    JUGGLE_MPI_GATHERS_V(CALL, MPI_Ineighbor_allgatherv) \
    JUGGLE_MPI_ALL_TO_ALL(CALL, MPI_Ineighbor_alltoall) \
    JUGGLE_MPI_ALL_TO_ALL_V(CALL, MPI_Ineighbor_alltoallv) \
    JUGGLE_MPI_ALL_TO_ALL_W(CALL, MPI_Ineighbor_alltoallw, MPI_Aint) \
    CALL(MPI_Comm_idup, COMM(a), (MPI_Comm a, MPI_Comm* b), (a, b)) \
    CALL(MPI_Rput, WIN(h), (const void* a, int b, MPI_Datatype c, int d, MPI_Aint e, int f, \
                            MPI_Datatype g, MPI_Win h), (a, b, c, d, e, f, g, h)) \
    CALL(MPI_Rget, WIN(h), (void* a, int b, MPI_Datatype c, int d, MPI_Aint e, int f, \
                            MPI_Datatype g, MPI_Win h), (a, b, c, d, e, f, g, h)) \
    CALL(MPI_Raccumulate, WIN(i), (const void* a, int b, MPI_Datatype c, int d, MPI_Aint e, \
                                   int f, MPI_Datatype g, MPI_Op h, MPI_Win i), \
         (a, b, c, d, e, f, g, h, i)) \
    CALL(MPI_Rget_accumulate, WIN(m), (const void* a, int b, MPI_Datatype c, void* d, int e, \
                                       MPI_Datatype f, int g, MPI_Aint h, int i, MPI_Datatype j, \
                                       MPI_Op k, MPI_Win m), \
         (a, b, c, d, e, f, g, h, i, j, k, m)) \
    JUGGLE_MPI_READS(CALL, MPI_File_iread) \
    JUGGLE_MPI_READS_AT(CALL, MPI_File_iread_at) \
    JUGGLE_MPI_READS(CALL, MPI_File_iread_all) \
    JUGGLE_MPI_READS_AT(CALL, MPI_File_iread_at_all) \
    JUGGLE_MPI_READS(CALL, MPI_File_iread_shared) \
    JUGGLE_MPI_WRITES(CALL, MPI_File_iwrite) \
    JUGGLE_MPI_WRITES_AT(CALL, MPI_File_iwrite_at) \
    JUGGLE_MPI_WRITES(CALL, MPI_File_iwrite_all) \
    JUGGLE_MPI_WRITES_AT(CALL, MPI_File_iwrite_at_all) \
    JUGGLE_MPI_WRITES(CALL, MPI_File_iwrite_shared)

// Their parameters are complete.
#define JUGGLE_MPI_OTHERS(CALL) \
    CALL(MPI_Start, COMM(MPI_COMM_WORLD), (MPI_Request* a), (a)) \
    CALL(MPI_Startall, COMM(MPI_COMM_WORLD), (int a, MPI_Request b[]), (a, b)) \
    CALL(MPI_Cancel, COMM(MPI_COMM_WORLD), (MPI_Request* a), (a)) \
    CALL(MPI_Request_free, COMM(MPI_COMM_WORLD), (MPI_Request* a), (a)) \
    CALL(MPI_Request_get_status, COMM(MPI_COMM_WORLD), (MPI_Request a, int* b, MPI_Status* c), \
         (a, b, c)) \
    CALL(MPI_Get_count, COMM(MPI_COMM_WORLD), (const MPI_Status* a, MPI_Datatype b, int* c), \
         (a, b, c)) \
    CALL(MPI_Query_thread, COMM(MPI_COMM_WORLD), (int* a), (a)) \
    CALL(MPI_Is_thread_main, COMM(MPI_COMM_WORLD), (int* a), (a)) \
    CALL(MPI_Comm_create_keyval, COMM(MPI_COMM_WORLD), (MPI_Comm_copy_attr_function* a, \
         MPI_Comm_delete_attr_function* b, int* c, void* d), (a, b, c, d)) \
    CALL(MPI_Comm_free_keyval, COMM(MPI_COMM_WORLD), (int* a), (a)) \
    CALL(MPI_Comm_set_attr, COMM(a), (MPI_Comm a, int b, void* c), (a, b, c)) \
    CALL(MPI_Comm_get_errhandler, COMM(a), (MPI_Comm a, MPI_Errhandler* b), (a, b)) \
    CALL(MPI_Comm_set_errhandler, COMM(a), (MPI_Comm a, MPI_Errhandler b), (a, b)) \
    CALL(MPI_Errhandler_free, COMM(MPI_COMM_WORLD), (MPI_Errhandler* a), (a))

// Those that complete requests: by name alone, for each has a way of its own to tell of an error.
#define JUGGLE_MPI_COMPLETIONS(CALL) \
    CALL(MPI_Test, , , ) \
    CALL(MPI_Testany, , , ) \
    CALL(MPI_Testsome, , , ) \
    CALL(MPI_Testall, , , ) \
    CALL(MPI_Wait, , , ) \
    CALL(MPI_Waitany, , , ) \
    CALL(MPI_Waitsome, , , ) \
    CALL(MPI_Waitall, , , )

#define JUGGLE_MPI_CALLS(CALL) \
    JUGGLE_MPI_STARTS(CALL) \
    JUGGLE_MPI_OTHERS(CALL) \
    JUGGLE_MPI_COMPLETIONS(CALL)
// clang-format on

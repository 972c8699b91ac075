#pragma once

// One function for each source file of benchmarks, in the order in which they are listed.

void register_core_benchmarks();
void register_shared_benchmarks();
void register_generator_benchmarks();
void register_combinators_benchmarks();
void register_synchronisation_benchmarks();
void register_channel_benchmarks();
void register_description_benchmarks();
void register_timeline_benchmarks();
void register_wake_up_benchmarks();
void register_asio_benchmarks();
void register_packets_benchmarks();
void register_await_event_benchmarks();
void register_triple_benchmarks();
void register_stages_benchmarks();

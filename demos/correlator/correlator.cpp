#include "correlator/correlator.hpp"

#include "complain.hpp"

#include <juggle/executor.hpp>
#include <juggle/offload.hpp>
#include <juggle/opencl/enqueue.hpp>
#include <juggle/when_all.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <span>
#include <utility>

namespace correlator {

namespace jcl = juggle::opencl;

namespace {

cl::Buffer make_buffer(const cl::Context& context, std::size_t bytes) {
    return {context, CL_MEM_READ_WRITE, std::max<std::size_t>(bytes, 1)};
}

}  // namespace

Correlator::DeviceRing Correlator::make_device_ring(const char* name, std::size_t count,
                                                    std::size_t bytes) const {
    return {name, count, [&](std::size_t) { return make_buffer(setup_.context, bytes); }};
}

template <class Element>
Correlator::HostRing<Element> Correlator::make_host_ring(const char* name, std::size_t count,
                                                         std::size_t size,
                                                         const cl::CommandQueue& queue) const {
    return {name, count, [&](std::size_t) {
                return common::HostBuffer<Element>(setup_.context, queue,
                                                   std::max<std::size_t>(size, 1));
            }};
}

Correlator::Correlator(Setup& setup, const Ranks& ranks, Agreement& agreement,
                       juggle::Timeline* timeline)
    : setup_{setup}, layout_{setup.layout}, ranks_{ranks}, timeline_{timeline},
      upload_{common::make_queue(setup.context, setup.device, timeline, "upload")},
      channelise_{common::make_queue(setup.context, setup.device, timeline, "F")},
      download_{common::make_queue(setup.context, setup.device, timeline, "download")},
      correlate_{common::make_queue(setup.context, setup.device, timeline, "X")},
      samples_{make_host_ring<std::byte>("samples", setup.options.in_flight + 1,
                                         layout_.input_bytes(), upload_)},
      device_samples_{
          make_device_ring("device samples", setup.options.in_flight, layout_.input_bytes())},
      device_outgoing_{
          make_device_ring("device outgoing", setup.options.in_flight, layout_.outgoing_bytes())},
      outgoing_{make_host_ring<std::byte>("outgoing", setup.options.in_flight,
                                          layout_.outgoing_bytes(), download_)},
      incoming_{make_host_ring<std::byte>("incoming", setup.options.in_flight,
                                          layout_.incoming_bytes(), upload_)},
      device_incoming_{
          make_device_ring("device incoming", setup.options.in_flight, layout_.incoming_bytes())},
      visibilities_{make_device_ring("visibilities", rows_on_their_way,
                                     layout_.own_visibilities() * sizeof(std::int64_t))},
      rows_{make_host_ring<std::int64_t>("row", rows_on_their_way, layout_.own_visibilities(),
                                         download_)},
      gathered_{"gathered", rows_on_their_way,
                [&](std::size_t) {
                    return std::vector<std::int64_t>(setup.recorder ? layout_.all_visibilities()
                                                                    : 0);
                }},
      agreement_{agreement}, corner_turn_{ranks, layout_}, gathering_{ranks, layout_},
      chunk_jobs_{"chunks", setup.options.in_flight} {
    setup.f.show_on(timeline);
    setup.x.show_on(timeline);
}

juggle::Task<Totals> Correlator::run(std::stop_token stop) {
    const auto begin = std::chrono::steady_clock::now();
    std::exception_ptr problem;
    Totals totals;
    try {
        totals = co_await run_chunks(std::move(stop));
    } catch (...) {
        problem = std::current_exception();
        end_all(problem);
    }
    // What the others behind a failed one say is a consequence and would only hide the cause.
    for (juggle::JobQueue* const jobs : {&chunk_jobs_, &row_jobs_}) {
        while (!jobs->empty()) {
            try {
                co_await jobs->finish();
            } catch (...) {
                if (!problem) {
                    problem = std::current_exception();
                }
            }
        }
    }
    if (problem) {
        std::rethrow_exception(problem);
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    totals.seconds = time.count();
    co_return totals;
}

juggle::Task<Totals> Correlator::run_chunks(std::stop_token stop) {
    Totals totals;
    for (;; ++totals.chunks) {
        const std::uint64_t chunk = totals.chunks;
        if (timeline_ != nullptr) {
            timeline_->chunk(chunk);
        }
        auto samples = samples_.acquire();
        const std::span<std::byte> into = (co_await samples.wait_events()).span();
        // Each rank says whether it goes on; so all of them end behind the same chunk.
        Wish next = setup_.wish(chunk, stop);
        if (next == Wish::next_chunk) {
            next = std::get<0>(co_await juggle::when_all(agreement_.ask(next), read(chunk, into)));
        } else {
            next = co_await agreement_.ask(next);
        }
        if (next != Wish::next_chunk) {
            samples.ready();
            totals.interrupted = next == Wish::stop;
            break;
        }
        const bool begins = chunk % setup_.options.integrate == 0;
        juggle::Task<> job = process(take_tickets(std::move(samples), begins));
        co_await chunk_jobs_.push(guarded(std::move(job)));
        if ((chunk + 1) % setup_.options.integrate == 0) {
            juggle::Task<> row = finish_row(take_row_tickets());
            co_await row_jobs_.push(guarded(std::move(row)));
        }
    }
    if (totals.chunks % setup_.options.integrate != 0) {
        juggle::Task<> row = finish_row(take_row_tickets());
        co_await row_jobs_.push(guarded(std::move(row)));
    }
    co_return totals;
}

/// On a thread of its own, as files may take their time.
juggle::Task<> Correlator::read(std::uint64_t chunk, std::span<std::byte> into) {
    const std::span<std::byte> own = into.first(layout_.input_bytes());
    const std::uint64_t first = chunk * layout_.chunk_samples();
    const auto fill = [&] { setup_.source->read(first, own); };
    co_await juggle::offload(fill);
}

Correlator::ChunkTickets Correlator::take_tickets(HostRing<std::byte>::Allocation samples,
                                                  bool begins) {
    if (begins) {
        row_ = &visibilities_.next();
    }
    auto& outgoing = outgoing_.next();
    auto& incoming = incoming_.next();
    auto download = outgoing.acquire();
    auto receive = incoming.acquire();
    return {.samples = std::move(samples),
            .device_samples = device_samples_.acquire(),
            .device_outgoing = device_outgoing_.acquire(),
            .download = std::move(download),
            .send = outgoing.acquire(),
            .exchange = exchange_turn_.acquire(),
            .receive = std::move(receive),
            .upload = incoming.acquire(),
            .device_incoming = device_incoming_.acquire(),
            .visibilities = row_->acquire(),
            .begins_row = begins};
}

Correlator::RowTickets Correlator::take_row_tickets() {
    auto& row = rows_.next();
    auto& gathered = gathered_.next();
    auto download = row.acquire();
    auto receive = gathered.acquire();
    return {.visibilities = row_->acquire(),
            .download = std::move(download),
            .send = row.acquire(),
            .gathering = gathering_turn_.acquire(),
            .receive = std::move(receive),
            .record = gathered.acquire(),
            .recorder = recorder_turn_.acquire()};
}

juggle::Task<> Correlator::process(ChunkTickets tickets) {
    co_await channelise(tickets);
    co_await exchange(tickets);
    co_await correlate(tickets);
}

juggle::Task<> Correlator::channelise(ChunkTickets& tickets) {
    auto& [samples, device_samples, outgoing, download, send, exchange, receive, upload, incoming,
           visibilities, begins] = tickets;
    co_await jcl::enqueue(upload_, samples, device_samples, [&](jcl::Commands& commands) {
        if (layout_.input_bytes() != 0) {
            upload_.enqueueWriteBuffer(*device_samples, CL_FALSE, 0, layout_.input_bytes(),
                                       samples->data(), commands.wait_list(),
                                       commands.event("upload samples"));
        }
    });
    samples.ready();

    co_await jcl::enqueue(channelise_, device_samples, outgoing, [&](jcl::Commands& commands) {
        setup_.f.enqueue(channelise_, *device_samples, *outgoing, &commands);
    });
    device_samples.ready();

    co_await jcl::enqueue(download_, outgoing, download, [&](jcl::Commands& commands) {
        if (layout_.outgoing_bytes() != 0) {
            download_.enqueueReadBuffer(*outgoing, CL_FALSE, 0, layout_.outgoing_bytes(),
                                        download->data(), commands.wait_list(),
                                        commands.event("download"));
        }
    });
    outgoing.ready();
    download.ready();
}

/// What the download has filled is sent, and what comes is handed on before it has come.
juggle::Task<> Correlator::exchange(ChunkTickets& tickets) {
    auto& [samples, device_samples, outgoing, download, send, turn, receive, upload, incoming,
           visibilities, begins] = tickets;
    const common::HostBuffer<std::byte>& from = co_await send.wait_events();
    const common::HostBuffer<std::byte>& to = co_await receive.wait_events();
    (void)co_await turn.wait();
    const Message message = corner_turn_.start(from.data(), to.data());
    send.ready(message);
    receive.ready(message);
    turn.ready();
}

juggle::Task<> Correlator::correlate(ChunkTickets& tickets) {
    auto& [samples, device_samples, outgoing, download, send, turn, receive, upload, incoming,
           visibilities, begins] = tickets;
    co_await jcl::enqueue(upload_, upload, incoming, [&](jcl::Commands& commands) {
        upload_.enqueueWriteBuffer(*incoming, CL_FALSE, 0, layout_.incoming_bytes(), upload->data(),
                                   commands.wait_list(), commands.event("upload channels"));
    });
    upload.ready();

    co_await jcl::enqueue(correlate_, incoming, visibilities, [&](jcl::Commands& commands) {
        setup_.x.enqueue(correlate_, *incoming, begins, *visibilities, &commands);
    });
    incoming.ready();
    visibilities.ready();
}

juggle::Task<> Correlator::finish_row(RowTickets tickets) {
    auto& [visibilities, download, send, turn, receive, record, recorder] = tickets;
    co_await jcl::enqueue(download_, visibilities, download, [&](jcl::Commands& commands) {
        download_.enqueueReadBuffer(
            *visibilities, CL_FALSE, 0, layout_.own_visibilities() * sizeof(std::int64_t),
            download->data(), commands.wait_list(), commands.event("download row"));
    });
    visibilities.ready();
    download.ready();

    const common::HostBuffer<std::int64_t>& from = co_await send.wait_events();
    std::vector<std::int64_t>& to = co_await receive.wait_events();
    (void)co_await turn.wait();
    const Message message = gathering_.start(from.data(), to.data());
    send.ready(message);
    receive.ready(message);
    turn.ready();

    const std::vector<std::int64_t>& row = co_await record.wait_events();
    (void)co_await recorder.wait();
    if (setup_.recorder) {
        const auto append = [&] { setup_.recorder->append(row); };
        co_await juggle::offload(append);
    }
    recorder.ready();
    record.ready();
}

juggle::Task<> Correlator::guarded(juggle::Task<> job) {
    try {
        co_await std::move(job);
    } catch (...) {
        end_all(std::current_exception());
        throw;
    }
}

/// If there are others. They would wait for this one, and it would wait for them before it let go
/// of memory that messages use.
void Correlator::end_all(const std::exception_ptr& problem) const {
    if (ranks_.size() > 1) {
        complain(problem, ranks_);
        Ranks::abort(1);
    }
}

}  // namespace correlator

#include <juggle/metrics.hpp>

#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace juggle::inline JUGGLE_ABI {

namespace {

/// A line break would end the line, a quotation mark the value.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char character : text) {
        if (character == '\n') {
            result += "\\n";
            continue;
        }
        if (character == '\\' || character == '"') {
            result += '\\';
        }
        result += character;
    }
    return result;
}

/// All digits, whatever the locale.
std::string in_seconds(std::chrono::nanoseconds time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    const std::string fraction = std::to_string((time - whole).count());
    constexpr std::size_t digits = 9;
    std::string text = std::to_string(whole.count());
    text += '.';
    text.append(digits - fraction.size(), '0');
    text += fraction;
    return text;
}

using Labels = std::string;  // as they stand between the braces

void add_label(Labels& labels, std::string_view name, std::string_view value) {
    labels += labels.empty() ? "" : ",";
    labels += name;
    labels += "=\"";
    labels += escaped(value);
    labels += '"';
}

/// All samples of one name, which have to stand together.
class Family {
public:
    Family(std::string_view name, std::string_view type, std::string_view help) : name_{name} {
        text_ = "# HELP " + name_ + ' ' + std::string{help} + "\n# TYPE " + name_ + ' ' +
                std::string{type} + '\n';
    }

    void add(const Labels& labels, const std::string& value) {
        text_ += labels.empty() ? name_ : name_ + '{' + labels + '}';
        text_ += ' ' + value + '\n';
    }
    void add(const Labels& labels, std::uint64_t value) { add(labels, std::to_string(value)); }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string name_;
    std::string text_;
};

class Page {
public:
    void add(const Metrics& metrics) {
        Labels labels;
        if (!metrics.executor.empty()) {
            add_label(labels, "executor", metrics.executor);
        }
        ticks_.add(labels, metrics.ticks);
        posts_.add(labels, metrics.posts);
        sleeps_.add(labels, metrics.sleeps);
        running_tasks_.add(labels, metrics.running_tasks);
        for (const Metrics::Object& object : metrics.objects) {
            Labels of_object = labels;
            add_label(of_object, "kind", object.kind);
            add_label(of_object, "name", object.name);
            add(object, of_object);
        }
    }

    [[nodiscard]] std::string text() const {
        std::string text;
        for (const Family* family : {&ticks_, &posts_, &sleeps_, &running_tasks_, &level_,
                                     &capacity_, &served_, &waiting_, &waits_, &waited_}) {
            text += family->text();
        }
        return text;
    }

private:
    void add(const Metrics::Object& object, const Labels& labels) {
        level_.add(labels, object.level);
        capacity_.add(labels, object.capacity);
        served_.add(labels, object.served);
        for (const Metrics::Waits& waits : object.waits) {
            Labels of_waits = labels;
            add_label(of_waits, "operation", waits.operation);
            waiting_.add(of_waits, waits.waiting);
            waits_.add(of_waits, waits.waits);
            waited_.add(of_waits, in_seconds(waits.waited));
        }
    }

    Family ticks_{"juggle_ticks_total", "counter",
                  "Resumptions of tasks, posted functions and the like."};
    Family posts_{"juggle_posts_total", "counter", "Posts that have arrived from other threads."};
    Family sleeps_{"juggle_sleeps_total", "counter", "How often the thread has gone to sleep."};
    Family running_tasks_{"juggle_running_tasks", "gauge", "Tasks that have not ended."};
    Family level_{"juggle_level", "gauge",
                  "Elements, jobs, permits that are out, tickets that are held."};
    Family capacity_{"juggle_capacity", "gauge", "The most that the level is meant to be."};
    Family served_{"juggle_served_total", "counter",
                   "Elements popped, jobs taken out, permits given back, tickets held."};
    Family waiting_{"juggle_waiting_tasks", "gauge", "Tasks that wait."};
    Family waits_{"juggle_waits_total", "counter", "Waits that have begun."};
    Family waited_{"juggle_waited_seconds_total", "counter", "How long all waits have lasted."};
};

void check_distinct(std::span<const Metrics> executors) {
    for (std::size_t index = 0; index < executors.size(); ++index) {
        for (std::size_t before = 0; before < index; ++before) {
            if (executors[before].executor == executors[index].executor) {
                throw std::invalid_argument{
                    "juggle: write_prometheus: argument 'executors': two "
                    "are called '" +
                    executors[index].executor + "'"};
            }
        }
    }
}

}  // namespace

void write_prometheus(std::ostream& stream, std::span<const Metrics> executors) {
    check_distinct(executors);
    Page page;
    for (const Metrics& metrics : executors) {
        page.add(metrics);
    }
    const std::string text = page.text();
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
}

void Metrics::write_prometheus(std::ostream& stream) const {
    juggle::write_prometheus(stream, std::span{this, 1});
}

}  // namespace juggle

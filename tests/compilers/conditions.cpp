// What decides how a coroutine goes on.

#include "compilers/forms.hpp"
#include "support/catch.hpp"

#include <juggle/juggle.hpp>

#include <optional>

namespace compilers {

using juggle::Generator;
using juggle::Task;

namespace {

Task<bool> more(int& left) {
    co_await juggle::yield();
    co_return left-- > 0;
}

Task<std::optional<Counted>> pop(int& left) {
    co_await juggle::yield();
    if (left-- > 0) {
        co_return Counted{left};
    }
    co_return std::nullopt;
}

// No variable may be declared in these.

Task<> tests(int& n) {
    if (co_await number(1)) {
        ++n;
    }
}

Task<> loops(int& left, int& n) {
    while (co_await more(left)) {
        ++n;
    }
}

Task<> loops_for(int& left, int& n) {
    for (; co_await more(left);) {
        ++n;
    }
}

Task<> loops_do(int& left, int& n) {
    do {
        ++n;
    } while (co_await more(left));
}

Task<> switches(int& n) {
    switch (co_await number(2)) {
        case 2:
            ++n;
            break;
        default:
            break;
    }
}

Task<> tests_within(int& n) {
    if (yes) {
        if (co_await number(1)) {
            ++n;
        }
    }
}

Generator<int> yields_while(int& left) {
    while (co_await more(left)) {
        co_yield 1;
    }
}

Task<> awaits_in_branch(int& n) {
    if (n == 0) {
        co_await juggle::yield();
        ++n;
    }
}

Task<bool> returns_condition(int& n) {
    co_return (co_await truth(true, n)) && !(co_await truth(false, n));
}

// In these one is.

Task<> tests_variable(int& n) {
    const bool go_on = co_await number(1) != 0;
    if (go_on) {
        ++n;
    }
}

Task<> loops_with_variable(int& left, int& n) {
    while (co_await more(left)) {
        const int one = 1;
        n += one;
    }
}

Task<> loops_over_variable(int& left, int& n) {
    while (auto x = co_await pop(left)) {
        ++n;
    }
}

Task<> tests_in_try(int& n) {
    try {
        if (co_await number(1)) {
            ++n;
        }
    } catch (int) {
        n = -1;
    }
}

constexpr Form forms_of_loops[] = {
    {"while (co_await more())", Gcc::right,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         while (co_await more(left)) {
             ++n;
         }
         co_return n == 3;
     }},
    {"while (!co_await more())", Gcc::right,
     []() -> Task<bool> {
         int left = 0;
         int n = 0;
         while (!co_await more(left)) {
             if (++n == 3) {
                 break;
             }
         }
         co_return n == 3;
     }},
    {"while (auto x = co_await pop())", Gcc::right,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         while (auto x = co_await pop(left)) {
             ++n;
         }
         co_return n == 3;
     }},
    {"while (co_await pop())", Gcc::right,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         while (co_await pop(left)) {
             ++n;
         }
         co_return n == 3;
     }},
    {"while, continued", Gcc::right,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         while (co_await more(left)) {
             if (++n == 2) {
                 continue;
             }
         }
         co_return n == 3;
     }},
    {"while (true), broken", Gcc::right,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         while (true) {
             if (!co_await more(left)) {
                 break;
             }
             ++n;
         }
         co_return n == 3;
     }},
    {"while over what is awaited with a temporary", Gcc::right,
     []() -> Task<bool> {
         int n = 0;
         while (co_await look(Counted{n}) < 3) {
             ++n;
         }
         co_return n == 3;
     }},
    {"for (; co_await more(); ++n)", Gcc::right,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         for (; co_await more(left); ++n) {}
         co_return n == 3;
     }},
    {"for (; auto x = co_await pop(); ++n)", Gcc::right,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         for (; auto x = co_await pop(left); ++n) {}
         co_return n == 3;
     }},
    {"for (;; n += co_await number(1)), continued", Gcc::right,
     []() -> Task<bool> {
         int n = 0;
         for (int i = 0; i < 3; n += co_await number(1)) {
             ++i;
             continue;
         }
         co_return n == 3;
     }},
    {"for (auto x = co_await a;;)", Gcc::right,
     []() -> Task<bool> {
         int n = 0;
         for (auto x = co_await give(3); n < x.value(); ++n) {}
         co_return n == 3;
     }},
    {"do while (co_await more())", Gcc::right,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         do {
             ++n;
         } while (co_await more(left));
         co_return n == 4;
     }},
    {"while (a && co_await b)", Gcc::wrong_to_14,
     []() -> Task<bool> {
         int left = 9;
         int n = 0;
         while (n < 3 && co_await more(left)) {
             ++n;
         }
         co_return n == 3 && left == 6;
     }},
    {"while (a || co_await b)", Gcc::wrong_to_14,
     []() -> Task<bool> {
         int left = 9;
         int n = 0;
         while (n < 3 || co_await more(left)) {
             if (++n > 20) {
                 break;
             }
         }
         co_return n == 12;
     }},
    {"for (; a && co_await b;)", Gcc::wrong_to_14,
     []() -> Task<bool> {
         int left = 9;
         int n = 0;
         for (; n < 3 && co_await more(left); ++n) {}
         co_return n == 3 && left == 6;
     }},
    {"do { ... } while (a && co_await b)", Gcc::wrong_to_14,
     []() -> Task<bool> {
         int left = 9;
         int n = 0;
         do {
             if (++n > 10) {
                 break;
             }
         } while (n < 3 && co_await more(left));
         co_return n == 3 && left == 7;
     }},
    {"do { ... continue; ... } while (co_await a)", Gcc::wrong_to_14,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         do {
             if (++n > 10) {
                 break;
             }
             continue;
         } while (co_await more(left));
         co_return n == 4;
     }},
    // What that is under the macro: a loop that names the expression again, and never means it.
    {"REQUIRE(co_await a)", Gcc::wrong_to_14,
     []() -> Task<bool> {
         int asked = 0;
         bool result = false;
         do {
             result = co_await truth(true, asked);
         } while (!yes && static_cast<bool>(co_await truth(true, asked)));
         co_return result&& asked == 1;
     }},
    {"while (a) { if (!co_await b) { break; } }", Gcc::right,
     []() -> Task<bool> {
         int left = 9;
         int n = 0;
         while (n < 3) {
             if (!co_await more(left)) {
                 break;
             }
             ++n;
         }
         co_return n == 3 && left == 6;
     }},
};

constexpr Form forms_of_conditions[] = {
    {"if (co_await number(1))", Gcc::right,
     []() -> Task<bool> {
         if (co_await number(1)) {
             co_return true;
         }
         co_return false;
     }},
    {"if (auto x = co_await pop())", Gcc::right,
     []() -> Task<bool> {
         int left = 1;
         if (auto x = co_await pop(left)) {
             co_return x->value() == 0;
         }
         co_return false;
     }},
    {"if (auto x = co_await a; c)", Gcc::right,
     []() -> Task<bool> {
         if (auto x = co_await give(1); x.value() == 1) {
             co_return true;
         }
         co_return false;
     }},
    {"if (!a && co_await b)", Gcc::right,
     []() -> Task<bool> {
         int asked = 0;
         if (!yes && co_await truth(true, asked)) {
             co_return false;
         }
         co_return asked == 0;
     }},
    {"if (a || co_await b)", Gcc::right,
     []() -> Task<bool> {
         int asked = 0;
         if (yes || co_await truth(true, asked)) {
             co_return asked == 0;
         }
         co_return false;
     }},
    {"if (co_await a && co_await b)", Gcc::right,
     []() -> Task<bool> {
         int first = 0;
         int second = 0;
         if (co_await truth(false, first) && co_await truth(true, second)) {
             co_return false;
         }
         co_return first == 1 && second == 0;
     }},
    {"bool x = a && co_await b", Gcc::right,
     []() -> Task<bool> {
         int asked = 0;
         const bool x = !yes && co_await truth(true, asked);
         co_return !x && asked == 0;
     }},
    {"switch (co_await number(2))", Gcc::right,
     []() -> Task<bool> {
         switch (co_await number(2)) {
             case 2:
                 co_return true;
             default:
                 co_return false;
         }
     }},
    {"the comma", Gcc::right,
     []() -> Task<bool> {
         const int n = ((void)co_await number(1), co_await number(2));
         co_return n == 2;
     }},
};

constexpr Form forms_of_bare_functions[] = {
    {"Task<> f() { if (co_await a) { ... } }", Gcc::wrong_to_12,
     []() -> Task<bool> {
         int n = 0;
         co_await tests(n);
         co_return n == 1;
     }},
    {"Task<> f() { while (co_await a) { ... } }", Gcc::wrong_to_12,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         co_await loops(left, n);
         co_return n == 3;
     }},
    {"Task<> f() { for (; co_await a;) { ... } }", Gcc::wrong_to_12,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         co_await loops_for(left, n);
         co_return n == 3;
     }},
    {"Task<> f() { do { ... } while (co_await a); }", Gcc::wrong_to_12,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         co_await loops_do(left, n);
         co_return n == 4;
     }},
    {"Task<> f() { switch (co_await a) { ... } }", Gcc::wrong_to_12,
     []() -> Task<bool> {
         int n = 0;
         co_await switches(n);
         co_return n == 1;
     }},
    {"Task<> f() { if (c) { if (co_await a) { ... } } }", Gcc::wrong_to_12,
     []() -> Task<bool> {
         int n = 0;
         co_await tests_within(n);
         co_return n == 1;
     }},
    {"Generator<int> f() { while (co_await a) { co_yield 1; } }", Gcc::wrong_to_12,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         auto generator = yields_while(left);
         while (auto x = co_await generator.next()) {
             n += *x;
         }
         co_return n == 3;
     }},
    {"the same in a lambda", Gcc::right,
     []() -> Task<bool> {
         int n = 0;
         co_await [](int& asked) -> Task<> {
             if (co_await truth(true, asked)) {
                 ++asked;
             }
         }(n);
         co_return n == 2;
     }},
    {"Task<> f() { const bool go_on = co_await a; if (go_on) { ... } }", Gcc::right,
     []() -> Task<bool> {
         int n = 0;
         co_await tests_variable(n);
         co_return n == 1;
     }},
    {"a variable anywhere", Gcc::right,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         co_await loops_with_variable(left, n);
         co_return n == 3;
     }},
    {"a variable in the condition", Gcc::right,
     []() -> Task<bool> {
         int left = 3;
         int n = 0;
         co_await loops_over_variable(left, n);
         co_return n == 3;
     }},
    {"try", Gcc::right,
     []() -> Task<bool> {
         int n = 0;
         co_await tests_in_try(n);
         co_return n == 1;
     }},
    {"no co_await in the condition", Gcc::right,
     []() -> Task<bool> {
         int n = 0;
         co_await awaits_in_branch(n);
         co_return n == 1;
     }},
    {"a condition that is no statement", Gcc::right,
     []() -> Task<bool> {
         int n = 0;
         co_return co_await returns_condition(n) && n == 2;
     }},
};

}  // namespace

}  // namespace compilers

TEST_CASE("forms: co_await in the condition of a loop") {
    compilers::check_forms(compilers::forms_of_loops);
}

TEST_CASE("forms: co_await in a condition") {
    compilers::check_forms(compilers::forms_of_conditions);
}

TEST_CASE("forms: co_await in a condition of a function that declares nothing") {
    compilers::check_forms(compilers::forms_of_bare_functions);
}

// Macros that other headers define, as they define them, before any header of juggle's. run.cmake
// writes two headers: libraries.hpp has what juggle itself includes, and all.hpp every header of
// juggle's. What is compiled behind this is warnings.cpp.
#pragma once

// Qt, unless QT_NO_KEYWORDS.
#define signals public
#define slots
#define emit
#define foreach(variable, container) for (variable : container)
#define forever for (;;)

#ifdef WITH_CURSES
#include <curses.h>  // in C++ it undefines box, clear, erase, move and refresh
#else

// What of these is a part of a name in the standard library, too, its headers have to come before.
#include "libraries.hpp"

// curses
#define timeout(delay) wtimeout(stdscr, (delay))
#define echochar(c) wechochar(stdscr, (c))
#define getch() wgetch(stdscr)
#define scroll(window) wscrl(window, 1)
#define border(a, b, c, d, e, f, g, h) wborder(stdscr, a, b, c, d, e, f, g, h)
#define instr(s) winstr(stdscr, (s))
#define standout() wstandout(stdscr)

// Windows, without NOMINMAX and WIN32_LEAN_AND_MEAN.
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define ERROR 0
#define NO_ERROR 0L
#define IN
#define OUT
#define OPTIONAL
#define near
#define far
#define NEAR
#define FAR
#define CONST const
#define VOID void
#define DELETE (0x00010000L)
#define THIS_ void*
#define PURE = 0
#define TEXT(quote) L##quote
#define TRUE 1
#define FALSE 0
#define STRICT 1
#define CALLBACK
#define small char
#define hyper long long
#define interface struct
#define Yield()
#define CreateEvent CreateEventW
#define CreateSemaphore CreateSemaphoreW
#define GetCurrentTime() GetTickCount()
#define GetMessage GetMessageW
#define GetObject GetObjectW
#define SendMessage SendMessageW

// X11
#define None 0L
#define Status int
#define Bool int
#define True 1
#define False 0
#define Always 2
#define Success 0
#define Above 0
#define Below 1
#define CursorShape 0
#define KeyPress 2
#define KeyRelease 3
#define FocusIn 9
#define FocusOut 10
#define Expose 12
#define Unsorted 0
#define Complex 0
#define Convex 2
#define CurrentTime 0L
#define ParentRelative 1L
#define DestroyAll 0
#define BadRequest 1
#define BadValue 2

// glibc's <sys/sysmacros.h>, GCC with its own extensions, <complex.h>
#define major(device) gnu_dev_major(device)
#define minor(device) gnu_dev_minor(device)
#define unix 1
#define linux 1
#define I 1

// macOS' <AssertMacros.h>, up to macOS 10.15.
#define check(assertion) static_cast<void>(assertion)
#define verify(assertion) static_cast<void>(assertion)
#define require(assertion, label) static_cast<void>(assertion)

// Arduino
#define F(text) (text)
#define PI 3.14159
#define HIGH 1
#define LOW 0
#define INPUT 0
#define OUTPUT 1
#define DEFAULT 1
#define EXTERNAL 0
#define round(x) ((x) >= 0 ? (long)((x) + 0.5) : (long)((x) - 0.5))
#define constrain(x, low, high) ((x) < (low) ? (low) : ((x) > (high) ? (high) : (x)))
#define lowByte(word) ((word) & 0xff)
#define interrupts() sei()

#endif

#include "all.hpp"

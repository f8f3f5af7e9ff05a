# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the programs of a sanitizer build must be told, since libLLVM and LLD are not instrumented."""
import os


def environment():
    return {
        # Templates of LLVM's headers that are instrumented in our objects poison what their allocators hold back. The same
        # templates in libLLVM and LLD take from it without saying so.
        "ASAN_OPTIONS": "allow_user_poisoning=0",
        "LSAN_OPTIONS": "print_suppressions=0:suppressions=" + os.path.join(os.path.dirname(os.path.abspath(__file__)), "leaks.supp"),
    }

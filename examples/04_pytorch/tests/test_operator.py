# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The operator camber::attention: right results for strided tensors, clear errors for wrong ones."""
import concurrent.futures
import os
import signal
import threading
import unittest
from unittest import mock

import torch

from camber_torch import KernelError, attention, device

from . import support

HEADS, KV_HEADS, HEAD_DIM = 4, 2, 32


def inputs(batch, q_len, kv_len, seed=0):
    """query, key and value of the kernel of support.SMALL, normal."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [(batch, HEADS, q_len, HEAD_DIM), (batch, KV_HEADS, kv_len, HEAD_DIM), (batch, KV_HEADS, kv_len, HEAD_DIM)]
    return [torch.randn(shape, generator=generator) for shape in shapes]


def reference(query, key, value, begin=None, end=None):
    """(output, lse) of the kernel of support.SMALL in float64, from its definition."""
    batch, _, q_len, _ = query.shape
    kv_len = key.shape[2]
    begin = torch.zeros(batch) if begin is None else begin
    end = torch.full((batch,), kv_len) if end is None else end
    key, value = (x.double().repeat_interleave(HEADS // KV_HEADS, 1) for x in (key, value))
    keys = torch.arange(kv_len)
    distance = keys - (torch.arange(q_len)[:, None] + end[:, None, None] - q_len)  # [batch, q_len, kv_len]
    slopes = 2.0 ** (-8 / HEADS * torch.arange(1, HEADS + 1, dtype=torch.float64))
    scores = query.double() @ key.transpose(-1, -2) / HEAD_DIM**0.5 + slopes[:, None, None] * distance[:, None]
    exists = (keys >= begin[:, None, None]) & (keys < end[:, None, None]) & (distance <= 0)
    scores = scores.masked_fill(~exists[:, None], -torch.inf)
    value = torch.where(torch.isnan(value), 0.0, value)  # of keys outside their range
    return torch.nan_to_num(scores.softmax(-1)) @ value, scores.logsumexp(-1)


def interleaved(query, key, value):
    """The same values as views of one tensor, as models make them of one projection."""
    joined = torch.cat([query, key, value], 1).transpose(1, 2).contiguous()
    return [x.transpose(1, 2) for x in joined.split([HEADS, KV_HEADS, KV_HEADS], 2)]


class ResultTest(unittest.TestCase):
    def assertNear(self, actual, expected):
        torch.testing.assert_close(actual.double(), expected, rtol=0, atol=3e-6)

    def test_strided(self):
        views = interleaved(*inputs(2, 70, 70))
        self.assertFalse(any(x.is_contiguous() for x in views))
        output, lse = attention(support.kernel(), *views)
        expected = reference(*views)
        self.assertNear(output, expected[0])
        self.assertNear(lse, expected[1])
        dense = attention(support.kernel(), *[x.contiguous() for x in views])
        self.assertTrue(torch.equal(output, dense[0]))

    def test_heads_merge_without_copy(self):
        output = attention(support.kernel("--no-lse"), *inputs(2, 5, 9))
        self.assertEqual(output.transpose(1, 2).flatten(2).data_ptr(), output.data_ptr())

    def test_inputs_are_not_copied(self):
        """Keys and values that one batch holds and all broadcast would not fit in memory as copies."""
        batch = 1 << 20
        query = torch.zeros(1, HEADS, 0, HEAD_DIM).expand(batch, -1, -1, -1)
        key = torch.zeros(1, KV_HEADS, 1024, HEAD_DIM).expand(batch, -1, -1, -1)  # 512 GiB
        self.assertEqual(attention(support.kernel("--no-lse"), query, key, key).shape, query.shape)

    def test_broadcast(self):
        query, key, value = inputs(3, 4, 40)
        key, value = (x[:1].expand(3, -1, -1, -1) for x in (key, value))
        self.assertNear(attention(support.kernel("--no-lse"), query, key, value), reference(query, key, value)[0])

    def test_key_ranges(self):
        query, key, value = inputs(3, 6, 50)
        begin, end = torch.tensor([0, 7, 50], dtype=torch.int32), torch.tensor([50, 31, 50], dtype=torch.int32)
        for b in range(3):
            for x in (key, value):
                x[b, :, : begin[b]] = torch.nan
                x[b, :, end[b] :] = torch.nan
        output, lse = attention(support.kernel(), query, key, value, key_begin=begin, key_end=end)
        expected = reference(query, torch.nan_to_num(key), value, begin, end)
        self.assertNear(output, expected[0])
        self.assertNear(lse, expected[1])
        self.assertTrue((lse[2] == -torch.inf).all())  # no keys at all

    def test_empty(self):
        for batch, q_len, kv_len in ((0, 3, 3), (2, 0, 5), (2, 3, 0)):
            output = attention(support.kernel("--no-lse"), *inputs(batch, q_len, kv_len))
            self.assertEqual(output.shape, (batch, HEADS, q_len, HEAD_DIM))
            self.assertEqual(output.abs().sum(), 0)

    def test_narrow_storage(self):
        for flag, dtype, tolerance in (("--dtype=f16", torch.float16, 2e-3), ("--dtype=bf16", torch.bfloat16, 2e-2)):
            narrow = [x.to(dtype) for x in inputs(2, 33, 65)]
            output = attention(support.kernel("--no-lse", flag), *narrow)
            self.assertEqual(output.dtype, dtype)
            torch.testing.assert_close(output.double(), reference(*narrow)[0], rtol=0, atol=tolerance)


class RegistrationTest(unittest.TestCase):
    def setUp(self):
        query, key, value = interleaved(*inputs(2, 9, 9))
        ranges = [torch.zeros(2, dtype=torch.int32), torch.full((2,), 9, dtype=torch.int32)]
        self.call = (support.kernel().handle, query, key, value, ranges)

    def test_opcheck(self):
        results = torch.library.opcheck(torch.ops.camber.attention.default, self.call)
        self.assertEqual(set(results.values()), {"SUCCESS"})

    def test_meta(self):
        handle, query, key, value, ranges = self.call
        meta = torch.ops.camber.attention(handle, *[x.to("meta") for x in (query, key, value)], [x.to("meta") for x in ranges])
        real = torch.ops.camber.attention(*self.call)
        for a, b in zip(meta, real):
            self.assertEqual((a.device.type, a.shape, a.stride(), a.dtype), ("meta", b.shape, b.stride(), b.dtype))

    def test_compiled_graph(self):
        kernel = support.kernel("--no-lse")
        graph = torch.compile(lambda q, k, v: attention(kernel, q, k, v) * 2, backend="aot_eager", fullgraph=True)
        with torch.no_grad():
            for length in (9, 17):
                query, key, value = inputs(1, length, length)
                self.assertTrue(torch.equal(graph(query, key, value), 2 * attention(kernel, query, key, value)))

    def test_no_gradient(self):
        query, key, value = inputs(1, 3, 3)
        output = attention(support.kernel("--no-lse"), query.requires_grad_(), key, value)
        with self.assertRaisesRegex(RuntimeError, "camber"):
            output.sum().backward()


class ErrorTest(unittest.TestCase):
    def setUp(self):
        self.kernel = support.kernel("--no-lse")
        self.query, self.key, self.value = inputs(2, 5, 8)

    def assertRefused(self, kind, message, *tensors, kernel=None, **operands):
        with self.assertRaisesRegex(kind, message):
            attention(kernel or self.kernel, *tensors, **operands)

    def test_dtype(self):
        self.assertRefused(TypeError, "q is torch.float32, not torch.float16", self.query.half(), self.key, self.value)
        self.assertRefused(TypeError, "v is torch.float32, not torch.float64", self.query, self.key, self.value.double())
        begin = torch.zeros(2, dtype=torch.int64)
        self.assertRefused(TypeError, "key_begin is torch.int32", self.query, self.key, self.value, key_begin=begin)

    def test_heads(self):
        message = r"k has shape \['batch', 2, 'kv_len', 32\], that is \[2, 2, 8, 32\], not \[2, 4, 8, 32\]"
        self.assertRefused(ValueError, message, self.query, self.key.repeat(1, 2, 1, 1), self.value)

    def test_head_dim(self):
        self.assertRefused(ValueError, "q has shape", self.query[..., :16], self.key, self.value)

    def test_rank(self):
        self.assertRefused(ValueError, "4 dimensions", self.query[0], self.key, self.value)

    def test_lengths_that_differ(self):
        self.assertRefused(ValueError, "v has shape", self.query, self.key, self.value[:, :, :7])

    def test_batches_that_differ(self):
        self.assertRefused(ValueError, "k has shape", self.query, self.key[:1], self.value[:1])
        begin = torch.zeros(3, dtype=torch.int32)
        self.assertRefused(ValueError, "key_begin has shape", self.query, self.key, self.value, key_begin=begin)

    def test_compiled_length(self):
        kernel = support.kernel("--no-lse", "--q-len=<=4", "--kv-len=8")
        message = r"compiled for q_len at most 4, not 5 \(--q-len\)"
        self.assertRefused(ValueError, message, self.query, self.key, self.value, kernel=kernel)
        short = [x[:, :, :4] for x in (self.query, self.key, self.value)]
        self.assertRefused(ValueError, "kv_len exact 8, not 4", *short, kernel=kernel)

    def test_stride_of_head_dimension(self):
        key = self.key.transpose(2, 3).contiguous().transpose(2, 3)
        self.assertRefused(ValueError, "k has stride 8 in its head dimension", self.query, key, self.value)

    def test_layout(self):
        self.assertRefused((TypeError, RuntimeError, NotImplementedError), "", self.query, self.key.to_sparse(), self.value)

    def test_device(self):
        self.assertRefused(ValueError, "v is on meta, but query is on cpu", self.query, self.key, self.value.to("meta"))

    def test_operands(self):
        self.assertRefused(TypeError, "no operand table", self.query, self.key, self.value, table=self.key)
        kernel = support.kernel("--no-lse", "--positions=offsets")
        self.assertRefused(TypeError, "needs the operand query_offset", self.query, self.key, self.value, kernel=kernel)
        with self.assertRaisesRegex(TypeError, "has 5 inputs"):
            torch.ops.camber.attention(self.kernel.handle, self.query, self.key, self.value, [])

    def test_key_range_outside(self):
        end = torch.tensor([8, 9], dtype=torch.int32)
        self.assertRefused(KernelError, r"key_end <= kv_len.*\(status 14\)", self.query, self.key, self.value, key_end=end)

    def test_unknown_handle(self):
        with self.assertRaisesRegex(ValueError, "no kernel nothing is loaded"):
            torch.ops.camber.attention("nothing", self.query, self.key, self.value, [])

    def test_bundle_for_devices_only(self):
        kernel = support.kernel("--no-lse", "--target=sm_90")
        self.assertRefused(ValueError, "code for devices only", self.query, self.key, self.value, kernel=kernel)


class ThreadTest(unittest.TestCase):
    """Calls large enough to be spread over threads."""

    def setUp(self):
        self.threads = torch.get_num_threads()
        self.addCleanup(torch.set_num_threads, self.threads)

    def test_number_of_threads(self):
        call = inputs(2, 300, 300)
        expected = reference(*call)[0]
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            output = attention(support.kernel("--no-lse"), *call)
            torch.testing.assert_close(output.double(), expected, rtol=0, atol=3e-6)

    def test_callers_at_once(self):
        torch.set_num_threads(3)
        kernel = support.kernel("--no-lse")
        calls = [inputs(2, 200 + 10 * i, 400 - 10 * i, seed=i) for i in range(4)]
        expected = [attention(kernel, *call) for call in calls]
        begin = threading.Barrier(len(calls))

        def caller(i):
            torch.set_num_threads(3)  # a setting of each thread
            begin.wait()
            return all(torch.equal(attention(kernel, *calls[i]), expected[i]) for _ in range(25))

        with concurrent.futures.ThreadPoolExecutor(len(calls)) as callers:
            self.assertEqual(list(callers.map(caller, range(len(calls)))), [True] * len(calls))

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork")
    def test_after_fork(self):
        torch.set_num_threads(2)
        call = inputs(2, 300, 300)
        expected = attention(support.kernel("--no-lse"), *call)
        child = os.fork()
        if child == 0:
            signal.alarm(60)  # a child that waits for a thread it does not have ends here
            output = attention(support.kernel("--no-lse"), *call)
            torch.set_num_threads(1)  # PyTorch's own threads did not survive, and it would wait for them
            os._exit(0 if torch.equal(output, expected) else 1)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)


class DeviceTest(unittest.TestCase):
    def tearDown(self):
        device._runtime.cache_clear()

    def test_no_runtime_library(self):
        device._runtime.cache_clear()
        with mock.patch.dict(os.environ, CAMBER_RUNTIME="/nowhere/libcamber_runtime.so"):
            with self.assertRaisesRegex(device.DeviceError, "cannot load .*nowhere.*set CAMBER_RUNTIME"):
                device.open_kernel(support.kernel(), 0)

    @unittest.skipIf(torch.cuda.is_available(), "needs a machine without a CUDA device")
    def test_no_device(self):
        try:
            device._runtime()
        except device.DeviceError as error:
            self.skipTest(str(error))
        with self.assertRaisesRegex(device.DeviceError, "no CUDA driver or device"):
            device.open_kernel(support.kernel("--no-lse", "--target=native,sm_80"), 0)

    @unittest.skipUnless(torch.cuda.is_available(), "needs a CUDA device")
    def test_result(self):
        kernel = support.kernel("--no-lse", "--target=native,sm_80")
        call = inputs(2, 100, 300)
        output = attention(kernel, *[x.cuda() for x in call])
        torch.testing.assert_close(output.cpu().double(), reference(*call)[0], rtol=0, atol=2e-3)


if __name__ == "__main__":
    unittest.main()

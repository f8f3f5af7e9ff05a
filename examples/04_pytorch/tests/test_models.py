# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""transformers' models with Camber's kernels are the same models; wrong kernels would be noticed; misuse is refused."""
import copy
import unittest
from unittest import mock

import torch
import transformers

import cases
import compare
from camber_torch import compile_kernel, models

from . import support


class ComparisonTest(unittest.TestCase):
    """What `compare.py` reports, for each model."""

    @classmethod
    def setUpClass(cls):
        cls.inputs = compare.make_inputs()

    def setUp(self):
        exact = cases.exact_falcon_alibi()
        exact.__enter__()
        self.addCleanup(exact.__exit__, None, None, None)

    def test_float32(self):
        for name in cases.CASES:
            with self.subTest(name):
                model = cases.build(name)
                result = compare.compare_float32(model, compare.with_kernels(model, support.CACHE), self.inputs)
                self.assertLessEqual(result["error"], result["tolerance"])
                self.assertLess(result["close"], result["chosen"] / 10)  # else the next two would say little
                self.assertTrue(result["same"])
                self.assertTrue(result["generated"])

    def test_narrow(self):
        for name in cases.CASES:
            for dtype in (torch.bfloat16, torch.float16):
                with self.subTest(name, dtype=dtype):
                    stock, ours = compare.compare_narrow(cases.build(name), dtype, self.inputs, support.CACHE)
                    self.assertLessEqual(ours, compare.NO_WORSE * stock)

    def test_wrong_kernels_are_noticed(self):
        """One percent off in ALiBi's slopes, other buckets of T5, a scale that is 1 % off: each misses the tolerance."""
        for name, bias, flag in (
            ("bloom, 8 heads", "--bias=alibi", "--interpolation=1.01"),
            ("mpt, 12 heads", "--bias=alibi", "--bias-max=8.1"),
            ("falcon-rw, 32 heads", "--bias=alibi", "--order=scale,bias"),
            ("gpt2, 12 heads", "--bias=none", "--scale=0.2525"),
            ("t5, 12 heads", "--bias=t5", "--t5-max-distance=120"),
        ):
            with self.subTest(name):
                option = flag.split("=")[0]

                def wrong(label, flags, cache):
                    kept = [f for f in flags if f.split("=")[0] != option]
                    return compile_kernel(label, kept + [flag] if bias in flags else flags, cache)

                model = cases.build(name)
                with mock.patch.object(models, "compile_kernel", wrong):
                    ours = compare.with_kernels(model, support.CACHE)
                result = compare.compare_float32(model, ours, self.inputs)
                self.assertGreater(result["error"], 5 * result["tolerance"])


class FalconTest(unittest.TestCase):
    def test_stock_alibi_is_rounded(self):
        """Stock Falcon-RW in float32 misses the tolerance by far: its ALiBi is in bfloat16, and eager attention adds it twice."""
        rounded, twice = compare.report_falcon(compare.make_inputs())
        self.assertGreater(rounded, 100 * compare.TOLERANCE)
        self.assertGreater(twice, 10 * rounded)


class PaddingTest(unittest.TestCase):
    def last_logits(self, model, ids, mask):
        with torch.inference_mode():
            return model(input_ids=ids, attention_mask=mask).logits

    def test_right_padding(self):
        ids = torch.arange(3, 43).view(2, 20)
        mask = torch.ones_like(ids)
        mask[1, 13:] = 0
        for name in ("bloom, 12 heads", "gpt2, 12 heads"):
            with self.subTest(name):
                model = cases.build(name)
                ours = compare.with_kernels(model, support.CACHE)
                stock, actual = (self.last_logits(m, ids, mask)[mask.bool()] for m in (model, ours))
                torch.testing.assert_close(actual, stock, rtol=0, atol=compare.TOLERANCE * stock.abs().max().item())

    def test_right_padding_of_an_encoder(self):
        ids = torch.arange(3, 303).view(2, 150)
        mask = torch.ones_like(ids)
        mask[1, 60:] = 0
        model = cases.build("t5, 12 heads")
        ours = compare.with_kernels(model, support.CACHE)
        with torch.inference_mode():
            stock, actual = (
                m(input_ids=ids, attention_mask=mask, decoder_input_ids=ids[:, :7]).logits for m in (model, ours)
            )
        torch.testing.assert_close(actual, stock, rtol=0, atol=compare.TOLERANCE * stock.abs().max().item())

    def test_no_mask(self):
        ids = torch.arange(3, 43).view(2, 20)
        for name in cases.CASES:
            with self.subTest(name), cases.exact_falcon_alibi(), torch.inference_mode():
                model = cases.build(name)
                ours = compare.with_kernels(model, support.CACHE)
                extra = {"decoder_input_ids": ids} if model.config.is_encoder_decoder else {}
                stock, actual = (m(input_ids=ids, **extra).logits for m in (model, ours))
                torch.testing.assert_close(actual, stock, rtol=0, atol=compare.TOLERANCE * max(1, stock.abs().max().item()))


class RefusalTest(unittest.TestCase):
    def setUp(self):
        self.model = cases.build("bloom, 8 heads")
        self.ids = torch.arange(3, 13).view(1, 10)

    def test_padding_inside(self):
        ours = compare.with_kernels(self.model, support.CACHE)
        mask = torch.tensor([[1, 1, 0, 0, 1, 1, 1, 1, 1, 1]])
        with self.assertRaisesRegex(ValueError, "padding inside a sequence"):
            ours(input_ids=self.ids, attention_mask=mask)

    def test_custom_mask(self):
        ours = compare.with_kernels(self.model, support.CACHE)
        with mock.patch.object(ours.transformer, "build_alibi_tensor"):  # which takes masks of 2 dimensions only
            with self.assertRaisesRegex(ValueError, "mask of Tensor has replaced the key ranges"):
                ours(input_ids=self.ids, attention_mask=torch.zeros(1, 1, 10, 10))

    def test_attention_weights(self):
        for name in cases.CASES:
            with self.subTest(name), self.assertRaisesRegex(ValueError, "output_attentions"):
                compare.with_kernels(cases.build(name), support.CACHE)(input_ids=self.ids, output_attentions=True)

    def test_dtype(self):
        with self.assertRaisesRegex(ValueError, "no kernels for float64"):
            models.use_kernels(copy.deepcopy(self.model).double(), support.CACHE)

    def test_other_model(self):
        config = transformers.OPTConfig(
            vocab_size=16, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16, word_embed_proj_dim=16
        )
        with self.assertRaisesRegex(ValueError, "no adapter for model type 'opt'"):
            models.use_kernels(transformers.OPTForCausalLM(config), support.CACHE)

    def test_rotary_falcon(self):
        config = transformers.FalconConfig(vocab_size=16, hidden_size=32, num_hidden_layers=1, num_attention_heads=2)
        with self.assertRaisesRegex(ValueError, "alibi=True"):
            models.use_kernels(transformers.FalconForCausalLM(config), support.CACHE)


if __name__ == "__main__":
    unittest.main()

// The layers of the lab, for WebAssembly with 128-bit SIMD. Build (Debian: packages clang and lld):
// clang --target=wasm32 -O3 -msimd128 -ffreestanding -nostdlib -Wl,--no-entry -Wl,--import-memory -Wl,--stack-first -Wl,-z,stack-size=4096 -Wl,--strip-all -o kernel.wasm kernel.c
//
// The order of the additions is part of the result: the products of each row of a kernel are added up alone,
// from left to right and channel by channel; then the rows are added to the bias, from top to bottom. There
// is no fused multiply-add. So every machine gives the same bits, and network.js and fixed_order.py give them too.
#include <wasm_simd128.h>

#define TILE 4 // pixels at once: with 5 the sums no longer fit into the registers, and it takes twice as long
#define CHANNELS 8 // output channels at once: two vectors of four

// x: padded image (rows of `pitch` floats, pixel by pixel, channels together); w: weights [co/8][ky][kx][ci][8];
// y: (out_height, out_width, out_channels), of which the first `count` channels are computed, a multiple of 8.
__attribute__((export_name("convolve")))
void convolve(const float *x, const float *w, const float *bias, float *y, int pitch, int in_channels, int kernel_size,
              int stride, int out_height, int out_width, int out_channels, int count) {
  const int reach = kernel_size * in_channels, pixels = out_height * out_width;
  for (int first = 0; first < count; first += CHANNELS, w += kernel_size * reach * CHANNELS) {
    const v128_t low = wasm_v128_load(bias + first), high = wasm_v128_load(bias + first + 4);
    for (int next = 0; next < pixels; next += TILE) {
      const float *window[TILE];
      float *out[TILE];
      v128_t sum[TILE][2];
      for (int i = 0; i < TILE; i++) {
        const int pixel = next + i < pixels ? next + i : pixels - 1; // the last tile computes the last pixel again
        const int row = pixel / out_width, column = pixel % out_width;
        out[i] = y + pixel * out_channels + first;
        window[i] = x + (row * pitch + column * in_channels) * stride;
        sum[i][0] = low, sum[i][1] = high;
      }
      const float *weight = w;
      for (int ky = 0; ky < kernel_size; ky++) {
        v128_t part[TILE][2];
        for (int i = 0; i < TILE; i++) part[i][0] = part[i][1] = wasm_f32x4_splat(0);
        for (int n = 0; n < reach; n++, weight += CHANNELS) {
          const v128_t a = wasm_v128_load(weight), b = wasm_v128_load(weight + 4);
          for (int i = 0; i < TILE; i++) {
            const v128_t value = wasm_v128_load32_splat(window[i] + n);
            part[i][0] = wasm_f32x4_add(part[i][0], wasm_f32x4_mul(value, a));
            part[i][1] = wasm_f32x4_add(part[i][1], wasm_f32x4_mul(value, b));
          }
        }
        for (int i = 0; i < TILE; i++) {
          sum[i][0] = wasm_f32x4_add(sum[i][0], part[i][0]);
          sum[i][1] = wasm_f32x4_add(sum[i][1], part[i][1]);
          window[i] += pitch;
        }
      }
      for (int i = 0; i < TILE; i++) {
        wasm_v128_store(out[i], sum[i][0]);
        wasm_v128_store(out[i] + 4, sum[i][1]);
      }
    }
  }
}

// count numbers, a multiple of 4
__attribute__((export_name("relu")))
void relu(const float *x, float *y, int count) {
  for (int i = 0; i < count; i += 4) wasm_v128_store(y + i, wasm_f32x4_max(wasm_v128_load(x + i), wasm_f32x4_splat(0)));
}

// x: (height, width, channels); y: (out_height, out_width, channels); channels a multiple of 4
__attribute__((export_name("max_pool")))
void max_pool(const float *x, float *y, int width, int channels, int kernel_size, int stride, int out_height, int out_width) {
  for (int row = 0; row < out_height; row++) {
    for (int column = 0; column < out_width; column++) {
      for (int c = 0; c < channels; c += 4, y += 4) {
        const float *window = x + (row * stride * width + column * stride) * channels + c;
        v128_t most = wasm_v128_load(window);
        for (int ky = 0; ky < kernel_size; ky++) {
          for (int kx = 0; kx < kernel_size; kx++) most = wasm_f32x4_max(most, wasm_v128_load(window + (ky * width + kx) * channels));
        }
        wasm_v128_store(y, most);
      }
    }
  }
}

// Arithmetic and decoding that the widgets and the lab share. A classic script: browsers load no modules from file://.
// A page with several widgets loads it several times; that changes nothing.
(() => {
  // Windows that fit along one axis, as insidecnn.arithmetic.output_size counts them; below 1: the window does not fit.
  const outputSize = (size, { kernel_size, stride = 1, padding = 0, dilation = 1, ceil_mode = false }) => {
    const room = size + 2 * padding - dilation * (kernel_size - 1) - 1;
    const windows = Math.floor(room / stride) + 1;
    // with ceil_mode one more may stick out at the far end, if it starts inside the image or its near padding
    return windows + (ceil_mode && room % stride && windows * stride < size + padding ? 1 : 0);
  };

  // base64 text as a Uint8Array
  const decodeBase64 = (text) => {
    const characters = atob(text);
    const bytes = new Uint8Array(characters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
    return bytes;
  };

  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

  self.insidecnn ??= {};
  Object.assign(self.insidecnn, { outputSize, decodeBase64, clamp });
})();

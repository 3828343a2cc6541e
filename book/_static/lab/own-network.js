// The line that says whose network is shown, with the button that opens another one. What else is needed for one of
// the reader's is loaded with the first: network-reader.js here; checkpoint.js and three more where the sums are done.
(() => {
  const { make } = self.insidecnn;
  const lab = self.insidecnn.lab;
  const { View, BOOK, YOURS, button, script } = lab;
  const PICTURES = /\.(jpe?g|png|webp|gif|bmp|tiff?|avif|heic|svg)$/i;
  const HELP = "An AlexNet of yours: open its state_dict, or drop it here. Like your photo, it stays on this device.";

  const isPicture = (file) => PICTURES.test(file.name) || file.type.startsWith("image/");

  async function loadNetworkReader() {
    if (!lab.NetworkReader) await script("network-reader.js");
  }

  // of the files that are given at once: {network, names, photo}, the first of each kind
  async function sortFiles(files) {
    if (files.every(isPicture)) return { photo: files[0] };
    try {
      await loadNetworkReader();
    } catch {
      return { photo: files[0] }; // it is refused as a photo
    }
    return lab.sorted(files);
  }

  class NetworkPanel extends View {
    constructor(owner) {
      super(owner);
      this.words = make("span", { role: "status" }, "");
      this.other = button("", () => owner.set({ network: owner.state.network === BOOK ? YOURS : BOOK }));
      this.bar = make("progress", { value: 0, max: 1, "aria-label": "How much of the network’s file is read" });
      this.share = make("span", {}, "");
      const id = `${owner.id}-network`;
      const onchange = () => {
        owner.openNetwork(...this.input.files);
        this.input.value = ""; // so that the same file can be chosen again
      };
      this.input = make("input", { type: "file", multiple: true, class: "unseen", id, onchange });
      const label = make("label", { class: "button", for: id }, "Open a network of yours…");
      this.help = make("span", { class: "private" }, HELP);
      this.reading = make("span", { class: "reading", hidden: true }, this.bar, this.share);
      const parts = [this.words, this.other, this.input, label, this.help, this.reading];
      this.element = make("div", { class: "network" }, ...parts);
    }

    draw(state) {
      const { choice, own, reading } = state;
      const isOwn = choice.network === YOURS;
      if (this.differs("network", isOwn) && !isOwn) {
        this.words.replaceChildren(make("strong", {}, "Network: the book’s."));
      }
      [this.help.hidden, this.other.hidden, this.reading.hidden] = [isOwn, !own, !reading];
      lab.describeNetwork?.(this, state);
    }
  }

  Object.assign(lab, { NetworkPanel, isPicture, loadNetworkReader, sortFiles });
})();

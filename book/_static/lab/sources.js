// Where the lab's photographs come from: samples, files, the clipboard, the camera. The last choice counts, whichever
// of two files is read first.
(() => {
  const { make, decodeBase64 } = self.insidecnn;
  const { View, button } = self.insidecnn.lab;
  const PRIVATE =
    "Or drop one here, or paste it. Your photo stays on this device: it is worked on in this page, and sent nowhere. " +
    "Once the weights are here, you may go offline.";

  async function drawThumbnail(canvas, base64) {
    const picture = await createImageBitmap(new Blob([decodeBase64(base64)]));
    [canvas.width, canvas.height] = [picture.width, picture.height];
    canvas.getContext("2d").drawImage(picture, 0, 0);
  }

  class Sources extends View {
    constructor(owner) {
      super(owner);
      this.samples = Object.entries(owner.data.samples).map(([name, sample]) => this.sampleButton(name, sample));
      const onchange = () => {
        owner.open(this.input.files[0]);
        this.input.value = ""; // so that the same file can be chosen again
      };
      const id = `${owner.id}-file`;
      this.input = make("input", { type: "file", accept: "image/*", class: "unseen", id, onchange });
      this.camera = button("Camera", () => this.openCamera());
      this.camera.hidden = !navigator.mediaDevices?.getUserMedia;
      this.takeDrops();
      document.addEventListener("paste", (event) => owner.open(event.clipboardData.files[0]));
      this.viewer = make("div", { class: "camera", hidden: true });
      this.bar = make("progress", { value: 0, max: 1, "aria-label": "How much of the photo is read" });
      this.reading = make("p", { class: "opening", hidden: true }, this.bar, "Reading the photo …");
      const label = make("label", { class: "button", for: id }, "Open a photo…");
      const group = { class: "samples", role: "group", "aria-label": "Photographs" };
      this.elements = [
        make("div", group, ...this.samples, this.input, label, this.camera),
        make("p", { class: "private" }, PRIVATE),
        this.reading,
        this.viewer,
      ];
    }

    sampleButton(name, { title, thumbnail }) {
      const canvas = make("canvas", { "aria-hidden": "true" });
      drawThumbnail(canvas, thumbnail).catch(() => {}); // the button has a name
      const onclick = () => this.lab.openSample(name);
      const label = { "data-name": name, "aria-label": title, title };
      return make("button", { type: "button", class: "sample", ...label, onclick }, canvas);
    }

    takeDrops() {
      const { lab } = this;
      lab.addEventListener("dragover", (event) => {
        event.preventDefault();
        lab.classList.add("over");
      });
      lab.addEventListener("dragleave", () => lab.classList.remove("over"));
      lab.addEventListener("drop", (event) => {
        event.preventDefault();
        lab.classList.remove("over");
        const [file] = event.dataTransfer.files;
        if (file) return lab.open(...event.dataTransfer.files);
        lab.complain("What was dropped is no file; save the picture and drop its file, or copy and paste it.", "photo");
      });
    }

    draw({ choice: { sample }, opened }) {
      this.reading.hidden = opened === null;
      this.bar.value = opened ?? 0;
      if (!this.differs("sample", sample)) return;
      for (const each of this.samples) each.setAttribute("aria-pressed", String(each.dataset.name === sample));
    }

    async openCamera() {
      this.lab.store.forgive("choice", "photo");
      this.camera.disabled = true; // one camera at a time
      try {
        const video = { facingMode: "environment", width: { ideal: 1280 } };
        this.showCamera(await navigator.mediaDevices.getUserMedia({ video }));
      } catch (error) {
        this.camera.disabled = false;
        const known = {
          NotAllowedError: "it was not allowed; the browser’s settings of this page can change that",
          NotFoundError: "there is none",
        };
        const why = known[error.name] ?? error.message;
        this.lab.complain(`The camera cannot be used: ${why}. You can open, drop or paste a photo.`, "photo");
      }
    }

    showCamera(stream) {
      const close = () => {
        for (const track of stream.getTracks()) track.stop();
        this.viewer.hidden = true;
        this.viewer.replaceChildren();
        this.camera.disabled = false;
        this.camera.focus();
      };
      const take = button("Take the picture", () => {
        const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
        canvas.getContext("2d").drawImage(video, 0, 0);
        canvas.toBlob((blob) => this.lab.open(new File([blob], "camera.png")), "image/png");
        close();
      });
      take.disabled = true;
      const onloadeddata = () => {
        take.disabled = false;
        take.focus();
      };
      const video = make("video", { autoplay: true, playsinline: true, muted: true, onloadeddata });
      video.srcObject = stream;
      this.viewer.replaceChildren(video, make("div", { class: "fields" }, take, button("Close the camera", close)));
      this.viewer.hidden = false;
    }
  }

  self.insidecnn.lab.Sources = Sources;
})();

// Where the lab's photographs come from: samples, files, the clipboard, the camera. Each ends in lab.decode(…); the
// last choice counts, whichever of two files is read first.
(() => {
  const { make, lab: { load } } = window.insidecnn;

  async function drawThumbnail(canvas, base64) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    [canvas.width, canvas.height] = [picture.width, picture.height];
    canvas.getContext("2d").drawImage(picture, 0, 0);
  }

  class Sources {
    constructor(lab) {
      this.lab = lab;
      this.samples = lab.data.samples;
      this.buttons = Object.entries(this.samples).map(([name, { title, thumbnail }]) => {
        const canvas = make("canvas", { "aria-hidden": "true" });
        drawThumbnail(canvas, thumbnail).catch(() => {}); // the button has a name
        return make("button", { type: "button", class: "sample", "data-name": name, "aria-label": title, title, onclick: () => { lab.complain(""); this.show(name); } }, canvas);
      });
      this.input = make("input", { type: "file", accept: "image/*", class: "unseen", id: `${lab.id}-file`, onchange: () => {
        const [file] = this.input.files;
        this.read(file);
        this.input.value = ""; // so that the same file can be chosen again
      } });
      this.shoot = make("button", { type: "button", onclick: () => this.camera() }, "Camera");
      this.shoot.hidden = !navigator.mediaDevices?.getUserMedia;
      lab.addEventListener("dragover", (event) => { event.preventDefault(); lab.classList.add("over"); });
      lab.addEventListener("dragleave", () => lab.classList.remove("over"));
      lab.addEventListener("drop", (event) => {
        event.preventDefault();
        lab.classList.remove("over");
        const [file] = event.dataTransfer.files;
        if (file) this.read(file);
        else lab.complain("What was dropped is no file; save the picture and drop its file, or copy and paste it.");
      });
      document.addEventListener("paste", (event) => this.read(event.clipboardData.files[0]));
      this.viewer = make("div", { class: "camera", hidden: true });
      this.elements = [
        make("div", { class: "samples", role: "group", "aria-label": "Photographs" }, ...this.buttons, this.input,
          make("label", { class: "button", for: this.input.id }, "Open a photo…"), this.shoot),
        make("p", { class: "private" }, "Or drop one here, or paste it. Your photo stays on this device: it is worked on in this page, and sent nowhere. Once the weights are here, you may go offline."),
        this.viewer,
      ];
    }

    mark(name) {
      this.buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.name === name)));
    }

    // a file of the reader's
    async read(file) {
      if (!file) return;
      this.lab.complain("");
      const turn = this.lab.claim(), name = file.name || "The picture";
      try {
        const bytes = await file.arrayBuffer();
        this.lab.decode(bytes, name, null, turn);
      } catch {
        if (turn === this.lab.picking) this.lab.complain(`${name} cannot be read: is it a folder, or was it moved?`);
      }
    }

    // one of the samples; the first one came with the page
    async show(name) {
      const turn = this.lab.claim(), { first } = this.lab.data;
      try {
        const bytes = name === first.name ? first.file : await load(`${name}.jpg`);
        this.lab.decode(bytes, `${name}.jpg`, name, turn);
      } catch {
        if (turn === this.lab.picking) this.lab.complain(`“${this.samples[name].title}” could not be loaded: the connection seems lost. Press it again.`);
      }
    }

    async camera() {
      this.lab.complain("");
      this.shoot.disabled = true; // one camera at a time
      let stream;
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
      } catch (error) {
        this.shoot.disabled = false;
        const known = { NotAllowedError: "it was not allowed; the browser’s settings of this page can change that", NotFoundError: "there is none" };
        return this.lab.complain(`The camera cannot be used: ${known[error.name] ?? error.message}. You can open, drop or paste a photo.`);
      }
      const close = () => {
        stream.getTracks().forEach((track) => track.stop());
        this.viewer.hidden = true;
        this.viewer.replaceChildren();
        this.shoot.disabled = false;
        this.shoot.focus();
      };
      const take = make("button", { type: "button", disabled: true, onclick: () => {
        const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
        canvas.getContext("2d").drawImage(video, 0, 0);
        canvas.toBlob((blob) => this.read(new File([blob], "camera.png")), "image/png");
        close();
      } }, "Take the picture");
      const video = make("video", { autoplay: true, playsinline: true, muted: true, onloadeddata: () => { take.disabled = false; take.focus(); } });
      video.srcObject = stream;
      this.viewer.replaceChildren(video, make("div", { class: "fields" }, take, make("button", { type: "button", onclick: close }, "Close the camera")));
      this.viewer.hidden = false;
    }
  }

  window.insidecnn.lab.Sources = Sources;
})();

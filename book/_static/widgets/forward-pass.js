// The front page's figure, layer by layer: each convolution's first map is laid over the photograph, then comes the
// answer, and again. A reader who chooses a map sees that one, and the play stops. Without this script all is seen.
(() => {
  const SECONDS = { photo: 1.4, layer: 1.5, answer: 4.5 };

  const make = (tag, attributes, ...children) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...children);
    return element;
  };

  class ForwardPass {
    constructor(figure) {
      this.figure = figure;
      this.photo = figure.querySelector(".photo");
      this.layers = [...figure.querySelectorAll(".layers > li")];
      this.step = -1; // 0 is the photograph; then come the layers, then the answer
      this.over = make("div", { className: "over" });
      this.said = make("p", { className: "said", textContent: "choose a map" });
      this.button = make("button", { type: "button", onclick: () => this.restart() });
      this.photo.append(this.over, make("div", { className: "controls" }, this.button, this.said));
      figure.querySelectorAll(".maps img").forEach((image) => this.offer(image));
      this.play(!matchMedia("(prefers-reduced-motion: reduce)").matches);
      new IntersectionObserver(([entry]) => {
        this.visible = entry.isIntersecting;
        this.go(this.step < 0 ? 1.5 : 0);
      }).observe(figure);
    }

    // a map becomes one of a group of radio buttons: one stop of the tabulator key, then the arrows
    offer(image) {
      const radio = make("input", { type: "radio", name: "forward-pass" });
      const label = make("label", {});
      image.replaceWith(label);
      label.append(radio, image);
      radio.addEventListener("change", () => {
        this.play(false);
        this.lay(image);
        this.said.textContent = image.alt;
      });
    }

    restart() {
      this.figure.querySelectorAll(":checked").forEach((radio) => (radio.checked = false));
      this.step = -1;
      this.play(!this.playing);
    }

    play(on) {
      this.playing = on;
      this.button.textContent = on ? "❚❚" : "▶";
      this.button.ariaLabel = on ? "Pause" : "Play layer by layer";
      this.said.ariaLive = on ? "off" : "polite";
      if (!on) this.mark(this.layers.length + 1);
      this.go();
    }

    go(seconds = 0) {
      clearTimeout(this.timer);
      if (this.playing && this.visible) this.timer = setTimeout(() => this.next(), 1000 * seconds);
    }

    next() {
      const { layers } = this;
      this.step = (this.step + 1) % (layers.length + 2);
      const layer = layers[this.step - 1];
      const kind = layer ? "layer" : this.step ? "answer" : "photo";
      this.mark(this.step);
      this.lay(layer?.querySelector("img"));
      this.said.textContent = layer?.dataset.said ?? `the ${kind}`;
      this.go(SECONDS[kind]);
    }

    // what the data has not reached yet waits
    mark(step) {
      this.layers.forEach((layer, n) => {
        layer.classList.toggle("waits", n >= step);
        layer.classList.toggle("now", n === step - 1);
      });
      this.figure.classList.toggle("unanswered", step <= this.layers.length);
    }

    // a map over the photograph; without one the photograph alone
    lay(image) {
      this.photo.classList.toggle("covered", Boolean(image));
      if (!image) return;
      const { style } = image.closest("li");
      this.over.style.backgroundImage = `url(${image.src})`;
      for (const name of ["--left", "--wide"]) this.over.style.setProperty(name, style.getPropertyValue(name));
    }
  }

  document.querySelectorAll(".forward-pass").forEach((figure) => new ForwardPass(figure));
})();

// Buttons and a slider that go through the values of one of a widget's numbers: the windows, or the frames of a clip.
(() => {
  const { make, clamp } = window.insidecnn;
  if (window.insidecnn.Stepper) return;

  // back, play, on, and a slider over the values of a state's number from 0; play stops at the end, or goes on from the
  // start if it `loops`, as long as it is in view
  class Stepper {
    constructor(widget, name, label, { delay = 600, loops = false } = {}) {
      Object.assign(this, { widget, name, delay, loops, last: 0 });
      const oninput = () => this.goTo(Number(this.slider.value));
      this.slider = make("input", { type: "range", min: 0, max: 0, step: 1, "aria-label": label, oninput });
      const button = (text, sign, onclick) =>
        make("button", { type: "button", "aria-label": text, title: text, onclick }, sign);
      this.playButton = button("Play", "▶", () => (this.timer ? this.pause() : this.play()));
      // whoever asked for less motion steps by hand; a clip, which is all motion, still plays when it is told to
      this.playButton.hidden = !loops && matchMedia("(prefers-reduced-motion: reduce)").matches;
      const back = button("One step back", "‹", () => this.goTo(this.step - 1));
      const on = button("One step on", "›", () => this.goTo(this.step + 1));
      this.element = make("div", { class: "stepper" }, back, this.playButton, on, this.slider);
    }

    get step() {
      return this.widget.state[this.name];
    }

    show(last, words) {
      this.last = last;
      this.slider.max = last;
      this.slider.value = this.step;
      this.slider.setAttribute("aria-valuetext", words);
    }

    goTo(step) {
      this.pause();
      this.widget.set({ [this.name]: clamp(step, 0, this.last) });
    }

    play() {
      this.showButton("Pause", "❚❚");
      this.widget.said.setAttribute("aria-live", "off"); // a screen reader would speak at every step
      if (this.step === this.last) this.widget.set({ [this.name]: 0 });
      this.timer = setInterval(() => {
        const ended = this.loops ? !this.isInView() : this.step >= this.last;
        if (ended || !this.widget.isConnected) this.pause();
        else this.widget.set({ [this.name]: this.step < this.last ? this.step + 1 : 0 });
      }, this.delay);
    }

    isInView() {
      const { top, bottom } = this.widget.getBoundingClientRect();
      return bottom > 0 && top < innerHeight;
    }

    pause() {
      if (!this.timer) return;
      clearInterval(this.timer);
      this.timer = null;
      this.widget.said.removeAttribute("aria-live");
      this.showButton("Play", "▶");
    }

    showButton(text, sign) {
      this.playButton.setAttribute("aria-label", text);
      this.playButton.title = text;
      this.playButton.textContent = sign;
    }
  }

  window.insidecnn.Stepper = Stepper;
})();

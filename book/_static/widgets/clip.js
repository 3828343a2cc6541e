// A clip: its frames one by one, or one after the other, round and round, until the reader has seen enough.
(() => {
  const { wrongSetting, Widget, define, Frames, Stepper } = window.insidecnn;

  class Clip extends Widget {
    get task() {
      return "Play the clip, or go from frame to frame with ‹ and ›.";
    }

    get initial() {
      return { frame: 0 };
    }

    valid(state) {
      return wrongSetting(state, { frame: [0, this.data.frames - 1] });
    }

    build() {
      const { width, enlarge, frames, fps } = this.data;
      this.frames = new Frames(this.data, frames, "frame");
      this.frames.element.style.width = `${width * enlarge}px`;
      this.stepper = new Stepper(this, "frame", "frame", { delay: 1000 / fps, loops: true });
      return [this.frames.element, this.stepper.element];
    }

    compute({ frame }) {
      return { words: `Frame ${frame + 1} of ${this.data.frames}` };
    }

    draw({ frame }, { words }) {
      this.frames.show(frame, `${words}. ${this.data.alt}`);
      this.stepper.show(this.data.frames - 1, words);
      this.say(`${words}.`);
    }
  }

  define("cnn-clip", Clip);
})();

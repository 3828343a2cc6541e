// What the lab says of itself: what went wrong, what is to be known of browser and photo, how far the weights have
// come, and that a kernel is another one than the learned one.
(() => {
  const { make } = self.insidecnn;
  const { View, LEARNED, button, filesOf, isChanged } = self.insidecnn.lab;

  class Messages extends View {
    constructor(owner) {
      super(owner);
      this.complaint = make("p", { class: "complaint", role: "alert" });
      this.notes = make("p", { class: "notes", role: "status" });
      this.elements = [this.complaint, this.notes];
    }

    draw({ complaint, notes, photo }) {
      if (this.differs("complaint", complaint)) this.complaint.textContent = complaint;
      const words = [...notes, ...(photo?.notes ?? [])].join(" ");
      if (this.differs("notes", words)) this.notes.textContent = words;
    }
  }

  class WeightsProgress extends View {
    constructor(owner) {
      super(owner);
      this.layers = filesOf(owner.data).map(({ short }) => short);
      const label = "Layers whose weights are loaded";
      this.bar = make("progress", { value: 0, max: this.layers.length, "aria-label": label });
      this.words = make("span", {}, "");
      this.more = button("", () => owner.client.continueLoading());
      this.element = make("p", { class: "progress" }, this.bar, this.words, this.more);
    }

    draw({ progress, loaded }) {
      if (!this.differs("progress", progress, loaded)) return;
      this.bar.value = loaded;
      this.bar.hidden = progress === "complete";
      const next = this.layers[loaded] ?? this.layers.at(-1);
      const count = `${Math.min(loaded + 1, this.layers.length)} of ${this.layers.length}`;
      const megabytes = (this.lab.data.later / 1e6).toFixed(1);
      const [words, label] = {
        loading: [`Loading the weights of ${next}, ${count} …`],
        ask: [
          this.lab.client.saving
            ? `Your browser asks pages to save data, and the other layers are ${megabytes} MB.`
            : `The other layers are ${megabytes} MB; they come when their maps are in view.`,
          "Load them",
        ],
        lost: [
          `The weights of ${next} could not be loaded: the connection seems lost. What is drawn stays.`,
          "Try again",
        ],
        complete: ["All weights are here: for photos of yours, no connection is needed any more."],
      }[progress];
      this.words.textContent = words;
      this.more.hidden = !label;
      this.more.textContent = label ?? "";
    }
  }

  // in sight wherever the reader is in the lab
  class KernelNotice extends View {
    constructor(owner) {
      super(owner);
      this.words = make("span", {}, "");
      const back = button("Put it back", () => owner.set({ kernel: LEARNED, paint: "" }));
      this.element = make("p", { class: "notice", hidden: true }, this.words, " ", back);
    }

    draw({ choice }) {
      const { filter, kernel, paint } = choice;
      this.element.hidden = !isChanged(choice);
      this.words.textContent = `Kernel ${filter} of conv1 is changed: ${kernel}${paint ? ", painted" : ""}.`;
    }
  }

  Object.assign(self.insidecnn.lab, { Messages, WeightsProgress, KernelNotice });
})();

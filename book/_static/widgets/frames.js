// One frame at a time out of a picture that has all of them, one below the other.
(() => {
  const { make } = window.insidecnn;

  // all frames are one file of up to 300 KB: it is asked for a screen's height before it comes into view
  const whenNear = (element, load) => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        load();
      },
      { rootMargin: "100%" },
    );
    observer.observe(element);
  };

  class Frames {
    constructor({ sprite, width, height }, count, name) {
      this.count = count;
      this.element = make("div", { class: name, role: "img" });
      whenNear(this.element, () => {
        this.element.style.backgroundImage = `url(${sprite})`;
      });
      this.element.style.backgroundSize = `100% ${100 * count}%`;
      this.element.style.aspectRatio = `${width} / ${height}`;
    }

    show(frame, words) {
      this.element.style.backgroundPosition = `0 ${this.count > 1 ? (100 * frame) / (this.count - 1) : 0}%`;
      this.element.setAttribute("aria-label", words);
    }
  }

  Object.assign(window.insidecnn, { Frames });
})();

// Quizzes: choosing an option says at once whether it is right, and why. Without this script all reasons stand open.
(() => {
  const asSentence = (text) => {
    const end = !text || /[.!?]$/.test(text) ? "" : ".";
    return text.slice(0, 1).toUpperCase() + text.slice(1) + end;
  };

  const showVerdict = (quiz) => {
    for (const option of quiz.querySelectorAll(".option")) {
      const isChosen = option.querySelector("input").checked;
      const isRight = option.hasAttribute("data-right");
      option.classList.toggle("chosen", isChosen);
      option.classList.toggle("right", isChosen && isRight);
      option.classList.toggle("wrong", isChosen && !isRight);
      if (!isChosen) continue;
      const reason = asSentence(option.querySelector(".why").textContent.trim());
      quiz.querySelector(".verdict").textContent = `${isRight ? "Right." : "Not quite."} ${reason}`;
    }
  };

  for (const quiz of document.querySelectorAll(".quiz")) {
    quiz.classList.add("live");
    quiz.addEventListener("change", () => showVerdict(quiz));
  }
})();

// Quizzes: choosing an option says at once whether it is right, and why. Without this script all reasons stand open.
document.querySelectorAll(".quiz").forEach((quiz) => {
  quiz.classList.add("live");
  const verdict = quiz.querySelector(".verdict");
  quiz.addEventListener("change", () => {
    quiz.querySelectorAll(".option").forEach((option) => {
      const chosen = option.querySelector("input").checked;
      const right = option.hasAttribute("data-right");
      option.classList.toggle("chosen", chosen);
      option.classList.toggle("right", chosen && right);
      option.classList.toggle("wrong", chosen && !right);
      if (!chosen) return;
      const why = option.querySelector(".why");
      why.querySelector("strong").textContent = "";
      const reason = why.textContent.trim();
      const sentence = reason && reason[0].toUpperCase() + reason.slice(1) + (/[.!?]$/.test(reason) ? "" : ".");
      verdict.textContent = (right ? "Right. " : "Not quite. ") + sentence;
    });
  });
});

"use strict";
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  // A page that was opened from disk may have no storage.
  const stored = (action) => {
    try {
      return action(localStorage);
    } catch {
      return null;
    }
  };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const name = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", isDark() ? "Use light colours" : "Use dark colours");
  };
  const theme = stored((storage) => storage.getItem("ipc_hammer.theme"));
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    stored((storage) => storage.setItem("ipc_hammer.theme", root.dataset.theme));
    name();
  });
  dark.addEventListener("change", name);
  name();

  // A link into something closed opens it.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);

  // Where the rule is broken is what one wants to see first.
  const showMark = (details) => {
    const picture = details.querySelector(":scope > .body .picture");
    const mark = picture && picture.firstElementChild.dataset.mark;
    if (mark) picture.scrollTop = Number(mark) - picture.clientHeight / 2;
  };
  const findings = [...document.querySelectorAll("details.finding")];
  for (const details of findings) {
    details.addEventListener("toggle", () => details.open && showMark(details));
  }
  const setAll = (open) => () => findings.forEach((details) => (details.open = open));
  document.getElementById("open-all")?.addEventListener("click", setAll(true));
  document.getElementById("close-all")?.addEventListener("click", setAll(false));
  for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
  reveal();
})();

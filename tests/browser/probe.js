// What is wrong with the page as it is shown now: a list of sentences, empty when nothing is.
async () => {
  const found = [];
  await window.MathJax?.startup?.promise;
  // The browser may leave an animation or a decoding unanswered: neither is waited for without end.
  // An animation that a change of the page cancels rejects its promise: it has ended all the same.
  const within = (promise) => Promise.race([promise, new Promise((end) => setTimeout(end, 3000))]);
  await within(Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
  for (const image of document.images) {
    image.loading = "eager";
    await within(image.decode()).catch(() => found.push(`image not loaded: ${image.src.slice(0, 80)}`));
    const alt = image.getAttribute("alt");
    if (alt === null || (alt === "" && image.closest("main")))
      found.push(`image without alt text: ${image.src.slice(0, 80)}`);
    else if (/\.(png|svg|jpe?g|gif|webp)$/i.test(alt.trim()))
      found.push(`alt text is a file name: ${alt}`);
  }
  for (const error of document.querySelectorAll("mjx-merror, merror, [data-mjx-error]"))
    found.push(`equation not understood: ${error.textContent.slice(0, 80)}`);
  for (const equation of document.querySelectorAll("main .math"))
    if (!equation.querySelector("mjx-container"))
      found.push(`equation not rendered: ${equation.textContent.slice(0, 80)}`);
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const text = words.currentNode;
    const hidden = text.parentElement.closest("pre, code, script, style, template, noscript");
    if (!hidden && /\$[^$]+\$|\\\(|\\\[|\{(eq|cite|doc|ref)\b/.test(text.data))
      found.push(`markup shown as text: ${text.data.trim().slice(0, 80)}`);
  }
  for (const table of document.querySelectorAll("main table")) {
    const frame = table.parentElement;
    if (table.getBoundingClientRect().right > frame.getBoundingClientRect().right + 1)
      found.push(`column off the screen: ${table.innerText.slice(0, 80)}`);
    const cells = document.createTreeWalker(table, NodeFilter.SHOW_TEXT);
    while (cells.nextNode())
      for (const number of cells.currentNode.data.matchAll(/\d[\d.,e]*\d/g)) {
        const range = document.createRange();
        range.setStart(cells.currentNode, number.index);
        range.setEnd(cells.currentNode, number.index + number[0].length);
        const lines = new Set([...range.getClientRects()].map((line) => Math.round(line.top)));
        if (lines.size > 1) found.push(`number broken between digits: ${number[0]}`);
      }
  }
  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll("main *")].filter(
      (element) => element.getBoundingClientRect().right > root.clientWidth + 1,
    );
    const names = wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 80));
    found.push(`${root.scrollWidth} px wide in ${root.clientWidth} px: ${names.join(" ... ")}`);
  }
  return found;
}

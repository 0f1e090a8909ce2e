// What widgets do not do: name the sliders, tell when the connection is lost, refuse a large file before it is sent,
// save what the page offers, and say which language the page is in.
(function () {
  "use strict";
  var words = {
    lost: ["页面与程序的连接已断开，此后的调整不起作用；请刷新页面，重新开始。",
           "The page has lost its connection to the program, and changes no longer take effect; reload it to begin again."],
    large: ["文件超过{}KB，没有上传。", "The file is larger than {} KB and was not uploaded."]
  };
  function english() { return document.documentElement.lang === "en"; }
  function say(name) { return words[name][english() ? 1 : 0]; }
  function tell(text) {
    var place = document.getElementById("hj-lost");
    place.textContent = text;
    place.hidden = !text;
  }

  // A connection that is lost and not made again within a moment is told, until there is one again.
  var Plain = window.WebSocket, leaving = false, latest = null;
  window.addEventListener("pagehide", function () { leaving = true; });
  window.WebSocket = function (url, protocols) {
    var made = protocols === undefined ? new Plain(url) : new Plain(url, protocols);
    latest = made;
    made.addEventListener("open", function () { tell(""); });
    made.addEventListener("close", function () {
      setTimeout(function () { if (!leaving && latest === made) { tell(say("lost")); } }, 1500);
    });
    return made;
  };
  window.WebSocket.prototype = Plain.prototype;
  ["CONNECTING", "OPEN", "CLOSING", "CLOSED"].forEach(function (name) { window.WebSocket[name] = Plain[name]; });

  // An upload's input is no part of the page; it is met when its button clicks it.
  var click = HTMLInputElement.prototype.click;
  HTMLInputElement.prototype.click = function () {
    var input = this, mark = document.querySelector(".hj-page-lang");
    var limit = mark && JSON.parse(mark.dataset.limits)[input.accept];
    if (limit && !input.limited) {
      input.limited = true;
      input.addEventListener("change", function (event) {
        var large = Array.from(input.files).some(function (file) { return file.size > limit * 1024; });
        tell(large ? say("large").replace("{}", limit) : "");
        if (large) {
          event.stopImmediatePropagation();
          input.value = "";
        }
      }, true);
    }
    return click.call(input);
  };

  // Browsers refuse to follow long data: addresses, so what is saved is first made a file of the page.
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a.hj-save");
    if (!link || !link.href.startsWith("data:")) { return; }
    event.preventDefault();
    var parts = link.href.split(","), bytes = Uint8Array.from(atob(parts[1]), function (one) { return one.charCodeAt(0); });
    var made = document.createElement("a");
    made.href = URL.createObjectURL(new Blob([bytes], { type: parts[0].slice(5).split(";")[0] }));
    made.download = link.download;
    made.click();
    setTimeout(function () { URL.revokeObjectURL(made.href); }, 60000);
  });

  function dress() {
    var mark = document.querySelector(".hj-page-lang");
    if (mark) {
      document.documentElement.lang = mark.dataset.lang;
      document.title = mark.dataset.title;
    }
    // A button without a tooltip gets the word null for one.
    document.querySelectorAll('[title="null"]').forEach(function (one) { one.removeAttribute("title"); });
    document.querySelectorAll(".widget-upload").forEach(function (button) {
      var text = button.lastChild, plain = text && text.nodeType === 3 && text.data.replace(/\s*\(\d+\)$/, "");
      if (plain && plain !== text.data) { text.data = plain; }
    });
    document.querySelectorAll(".hj-lever").forEach(function (lever) {
      var label = lever.querySelector(".hj-number label"), handle = lever.querySelector(".noUi-handle");
      var name = label && label.textContent;
      if (name && handle && handle.getAttribute("aria-label") !== name) { handle.setAttribute("aria-label", name); }
    });
  }
  var waiting = 0;
  new MutationObserver(function () {
    if (!waiting) { waiting = setTimeout(function () { waiting = 0; dress(); }, 50); }
  }).observe(document.documentElement, { childList: true, subtree: true });
}());

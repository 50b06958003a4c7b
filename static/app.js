/*
 * What the portal adds on top of plain HTML and htmx: keyboard shortcuts, focus after a swap, selection and the bulk
 * bar, toasts, error messages. Everything here is a convenience: every page works without this file.
 *
 * The markup it looks for:
 *   data-key="x"           pressed key activates the element: a link or button is clicked, a field is focused
 *   data-preset="value"    on a <select data-key>: the key also chooses this value if none is chosen; Enter submits
 *   data-open="id"         opens <dialog id="id">
 *   data-close             closes the drawer and returns to the row
 *   data-submit            a <select> that submits its form when changed
 *   data-select            a row's tick box; data-select-all ticks all of them in the same form
 *   data-ticks             a change in it ticks its row's box
 *   data-bulk              the bulk bar: hidden while nothing is ticked; data-bulk-count in it says how many
 *   data-clear             clears the selection
 *   data-focus             in swapped content: takes the focus instead of the usual place
 *   data-row="id"          in the drawer: the id of the table row that is open
 *   data-more              the "Show 50 more" link: focus goes to the first row it adds
 */
(function () {
  'use strict';

  var TOAST_SECONDS = 20;
  var GO_TO = { t: '/', l: '/access-logs', f: '/findings', b: '/agreements', n: '/training' };

  var ACTS_ON_A_CASE = ['a', 'r', 'e', 'm'];

  // an Enter this soon after the next case has the focus was meant for the one before, in milliseconds
  var TOO_SOON = 400;

  var arrivedAt = -TOO_SOON; // when an act led to this page and its focus was placed
  var lastTicked = null; // the tick box Shift+x counts from
  var goPressedAt = 0; // when "g" was pressed, in milliseconds
  var decided = false; // the last request was a decision: the next drawer moves focus to its row
  var firstNew = null; // "Show more" was pressed: the first row it adds gets the focus
  var handled = new WeakSet(); // requests whose focus has been placed

  document.documentElement.classList.add('js');

  function one(selector, within) {
    return (within || document).querySelector(selector);
  }

  function all(selector, within) {
    return Array.from((within || document).querySelectorAll(selector));
  }

  function visible(element) {
    return element.getClientRects().length > 0;
  }

  function say(text) {
    var live = one('#live');
    if (live) live.textContent = text;
  }

  /* ---- Rows: real focus on the row's link; tr.cur is the one open in the drawer ---- */

  function rowLinks() {
    return all('.queue .idl').filter(visible);
  }

  function openLink() {
    return one('.queue tr.cur .idl');
  }

  // on a phone the open case hides the list
  function seenLink() {
    var link = openLink();
    return link && visible(link) ? link : null;
  }

  function focusedLink() {
    var row = document.activeElement && document.activeElement.closest('.queue tr');
    return row && one('.idl', row);
  }

  function currentLink() {
    return focusedLink() || openLink();
  }

  function focusRow(link) {
    link.focus();
    link.closest('tr').scrollIntoView({ block: 'nearest' });
  }

  function move(step) {
    var links = rowLinks();
    var at = links.indexOf(currentLink());
    var next = at < 0 ? links[0] : links[at + step];
    if (next) focusRow(next);
  }

  function markOpen(row) {
    all('.queue tr.cur').forEach(function (tr) {
      tr.classList.remove('cur');
    });
    all('.queue .idl[aria-current]').forEach(function (link) {
      link.removeAttribute('aria-current');
    });
    var link = row && one('.idl', row);
    if (!link) return;
    row.classList.add('cur');
    link.setAttribute('aria-current', 'true');
  }

  function closeDrawer() {
    var drawer = one('#drawer');
    var close = drawer && all('[data-close]', drawer).find(visible);
    if (!close || !one('.queue')) return false;
    var link = openLink();
    history.replaceState({ htmx: true }, '', close.href);
    drawer.hidden = true;
    drawer.replaceChildren();
    markOpen(null);
    if (link) focusRow(link);
    return true;
  }

  /* ---- Selection and the bulk bar ---- */

  function boxes() {
    return all('[data-select]').filter(visible);
  }

  function showSelection() {
    var rows = all('[data-select]');
    var ticked = rows.filter(function (box) {
      var row = box.closest('tr');
      if (row) row.classList.toggle('sel', box.checked);
      return box.checked;
    });
    all('[data-bulk]').forEach(function (bar) {
      bar.hidden = ticked.length === 0;
      all('[data-bulk-count]', bar).forEach(function (count) {
        count.textContent = ticked.length + ' selected';
      });
    });
    all('[data-select-all]').forEach(function (box) {
      box.checked = rows.length > 0 && ticked.length === rows.length;
      box.indeterminate = ticked.length > 0 && ticked.length < rows.length;
    });
  }

  function tick(link, toHere) {
    var box = one('[data-select]', link.closest('tr'));
    if (!box) return;
    var list = boxes();
    var from = list.indexOf(lastTicked);
    if (toHere && from >= 0) {
      var to = list.indexOf(box);
      list.slice(Math.min(from, to), Math.max(from, to) + 1).forEach(function (each) {
        each.checked = true;
      });
    } else {
      box.checked = !box.checked;
    }
    lastTicked = box;
    showSelection();
    var count = one('[data-bulk-count]');
    if (count) say(count.textContent);
  }

  document.addEventListener('change', function (event) {
    var box = event.target;
    if (box.matches('[data-select-all]')) {
      all('[data-select]', box.form || document).forEach(function (each) {
        each.checked = box.checked;
      });
    }
    if (box.matches('[data-select]')) lastTicked = box;
    var own = box.closest('[data-ticks]') && one('[data-select]', box.closest('tr'));
    if (own) own.checked = true;
    if (own || box.matches('[data-select], [data-select-all]')) showSelection();
    if (box.matches('select[data-submit]') && box.form) box.form.requestSubmit();
  });

  /* ---- Clicks ---- */

  document.addEventListener('click', function (event) {
    var opener = event.target.closest('[data-open]');
    if (opener) openDialog(opener.dataset.open);

    var close = event.target.closest('#drawer [data-close]');
    var plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (close && plain && closeDrawer()) event.preventDefault();

    var clear = event.target.closest('[data-clear]');
    if (clear) {
      event.preventDefault();
      all('[data-select]').forEach(function (box) {
        box.checked = false;
      });
      showSelection();
      var link = currentLink() || rowLinks()[0];
      if (link) focusRow(link);
    }
  });

  function openDialog(id) {
    var dialog = document.getElementById(id);
    if (dialog && dialog.showModal && !dialog.open) dialog.showModal();
  }

  /* ---- Keyboard ---- */

  function typing(element) {
    return element.matches('input:not([type=checkbox], [type=radio]), select, textarea') || element.isContentEditable;
  }

  function onEscape(event) {
    var element = event.target;
    if (one('dialog[open]')) return; // the browser closes it
    var menu = element.closest('details.menu[open]');
    if (menu) {
      menu.open = false;
      one('summary', menu).focus();
    } else if (typing(element)) {
      element.blur();
    } else if (closeDrawer()) {
      event.preventDefault();
    }
  }

  function activate(key) {
    var element = all('[data-key]').find(function (each) {
      return each.dataset.key === key && visible(each) && !each.disabled && each.getAttribute('aria-disabled') !== 'true';
    });
    // Acting on a case begins with looking at it: the key opens the one in focus.
    var beside = focusedLink();
    if (!element && beside && beside !== openLink() && ACTS_ON_A_CASE.includes(key)) {
      say('Opening ' + beside.textContent.trim() + '. Press ' + key + ' again to act on it.');
      beside.click();
      return true;
    }
    if (!element) return false;

    // A decision belongs to the case in the drawer: with focus on another row, show that one first.
    var focused = focusedLink();
    if (focused && focused !== openLink() && element.closest('#drawer')) {
      say('Opening ' + focused.textContent.trim() + '. Press ' + key + ' again to act on it.');
      focused.click();
      return true;
    }

    if (!typing(element)) {
      element.click();
      return true;
    }
    element.focus();
    if (element.dataset.preset && !element.value) {
      element.value = element.dataset.preset;
      if (element.selectedOptions && element.selectedOptions[0]) {
        say(element.selectedOptions[0].textContent.trim() + '. Press Enter to confirm.');
      }
    }
    return true;
  }

  function goTo(key) {
    var link = GO_TO[key] && one('.nav a[href="' + GO_TO[key] + '"]');
    if (link) link.click();
    return Boolean(link);
  }

  function onLetter(event) {
    var key = event.key;
    var link = currentLink();

    if (Date.now() - goPressedAt < 1500) {
      goPressedAt = 0;
      return goTo(key);
    }
    switch (key) {
      case 'j':
        move(1);
        return true;
      case 'k':
        move(-1);
        return true;
      case 'x':
      case 'X':
        if (link) tick(link, event.shiftKey);
        return Boolean(link);
      case 'o':
        if (link) link.click();
        return Boolean(link);
      case 'g':
        goPressedAt = Date.now();
        return true;
      case '?':
        openDialog('keys');
        return true;
      default:
        return !event.repeat && activate(key);
    }
  }

  document.addEventListener('keydown', function (event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    var element = event.target instanceof Element ? event.target : document.body;

    if (event.key === 'Escape') {
      onEscape(event);
      return;
    }
    // Enter pressed twice, or held, confirms one case: it does not open the next.
    if (event.key === 'Enter' && (event.repeat || performance.now() - arrivedAt < TOO_SOON) && element.matches('.queue .idl')) {
      event.preventDefault();
      return;
    }
    if (document.body.dataset.shortcuts !== 'on') return;

    // Enter confirms a reason that a key has preselected.
    if (event.key === 'Enter' && element.matches('select[data-preset]') && element.form) {
      event.preventDefault();
      element.form.requestSubmit(one('button[type=submit], button:not([type])', element.form));
      return;
    }
    if (event.key.length !== 1 || typing(element) || one('dialog[open]')) return;
    if (onLetter(event)) event.preventDefault();
  });

  /* ---- htmx: focus after a swap, busy targets, failures ---- */

  // One place for focus: what the server marked, an error summary, the case's row after a decision, else its heading.
  function placeFocus(target) {
    var inDrawer = target.id === 'drawer';
    if (inDrawer && one('[hx-trigger*="load"]', target)) return; // the next case is on its way
    var found = one('[data-focus]') || one('.errsum', target);
    if (!found && inDrawer) found = (decided && seenLink()) || one('#drawer-h');
    if (!found && firstNew) found = target.children[firstNew.at] && one('a, input', target.children[firstNew.at]);
    if (inDrawer) decided = false;
    firstNew = null;
    if (!found) return;
    found.removeAttribute('data-focus');
    found.focus();
    var top = target.getBoundingClientRect().top;
    if (target.contains(found) && inDrawer && (top < 0 || top > innerHeight / 2)) target.scrollIntoView();
  }

  document.addEventListener('htmx:afterSettle', function (event) {
    var detail = event.detail;
    if (!detail.xhr || handled.has(detail.xhr)) return;
    handled.add(detail.xhr);

    var target = detail.target.isConnected ? detail.target : document.getElementById(detail.target.id) || document.body;
    if (target.id === 'drawer') {
      if (detail.requestConfig && detail.requestConfig.verb !== 'get') decided = true;
      target.hidden = target.children.length === 0;
      var open = one('[data-row]', target);
      markOpen(open && document.getElementById(open.dataset.row));
    }
    placeFocus(target);
    showSelection();
  });

  document.addEventListener('htmx:beforeRequest', function (event) {
    var target = event.detail.target;
    target.setAttribute('aria-busy', 'true');
    say('');
    firstNew = event.detail.elt.matches('[data-more]') ? { at: target.children.length } : null;
  });

  document.addEventListener('htmx:afterRequest', function (event) {
    event.detail.target.removeAttribute('aria-busy');
  });

  function failed(event) {
    var xhr = event.detail.xhr;
    var read = event.detail.requestConfig && event.detail.requestConfig.verb === 'get';
    var id = xhr && xhr.status ? xhr.getResponseHeader('X-Request-Id') : null;
    toast(read ? 'Not loaded. Try again.' : 'Not saved. Try again.', id);
  }

  // htmx writes the address of the page, ids included, into the tab's storage; nothing of the portal stays in a browser.
  function forgetAddress() {
    try {
      sessionStorage.removeItem('htmx-current-path-for-history');
    } catch {
      // a browser that keeps nothing has nothing to forget
    }
  }

  forgetAddress();
  document.addEventListener('htmx:pushedIntoHistory', forgetAddress);
  document.addEventListener('htmx:replacedInHistory', forgetAddress);
  document.addEventListener('htmx:historyRestore', forgetAddress);

  document.addEventListener('htmx:responseError', failed);
  document.addEventListener('htmx:sendError', failed);

  /* ---- Toasts: at most one, gone after 20 seconds unless under the pointer or focused ---- */

  function toast(message, requestId) {
    var box = one('#toasts');
    if (!box) return;
    var text = document.createElement('span');
    text.textContent = message;
    if (requestId) {
      var id = document.createElement('span');
      id.className = 'id';
      id.textContent = requestId;
      text.append(' Request ', id);
    }
    var shown = document.createElement('div');
    shown.className = 'toast';
    shown.append(text);
    box.replaceChildren(shown);
  }

  function hideLater(shown, seconds) {
    setTimeout(function () {
      if (!shown.isConnected) return;
      if (shown.matches(':hover, :focus-within')) hideLater(shown, 2);
      else shown.remove();
    }, seconds * 1000);
  }

  function watchToasts() {
    var box = one('#toasts');
    if (!box) return;
    function start(node) {
      if (node.matches && node.matches('.toast')) hideLater(node, TOAST_SECONDS);
    }
    all('.toast', box).forEach(start);
    new MutationObserver(function (changes) {
      changes.forEach(function (change) {
        change.addedNodes.forEach(start);
      });
    }).observe(box, { childList: true });
  }

  function shown(selector) {
    var element = one(selector);
    return element && visible(element) ? element : null;
  }

  /* ---- Start: the file is loaded with defer, the page is complete ---- */

  watchToasts();
  showSelection();
  // after an act the page comes back with its toast: the next case takes the focus, or what says that there is none
  var next = one('#toasts .toast') && one('.triage') && (seenLink() || shown('#drawer-h') || rowLinks()[0] || one('.triage .empty h2'));
  var first = one('.errsum[tabindex="-1"]') || one('[data-focus]') || next;
  if (first) {
    first.removeAttribute('data-focus');
    first.focus();
    if (first === next) arrivedAt = performance.now();
  }
})();

// What stays in this browser while somebody is signed in: drafts and unsent messages, per account. Storage may be full
// or forbidden; the page must work without it.

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Full or private: the memory of the page has it anyway.
  }
}

const PREFIX = "entremise.";
const OUTBOX = `${PREFIX}outbox.`;
// How this browser looks is nobody's secret.
const STAYS = new Set([`${PREFIX}theme`]);

// After a sign-out pages still close, and would write down what they hold.
let sealed = false;

function keep(key, value) {
  if (!sealed || value === null) write(key, value);
}

function keysOf(storage, prefix) {
  try {
    return Array.from({ length: storage.length }, (_, index) => storage.key(index)).filter((key) =>
      key.startsWith(prefix),
    );
  } catch {
    return [];
  }
}

// What people leave in a browser, and how it goes away: at the sign-out, whoever it was that left it.
export const traces = {
  // Somebody is signed in: what they write is kept.
  begin() {
    sealed = false;
  },
  // Messages of anybody that have not been sent, refused ones too.
  unsent: () => keysOf(localStorage, OUTBOX).length,
  forget() {
    sealed = true;
    for (const storage of [localStorage, sessionStorage]) {
      for (const key of keysOf(storage, PREFIX)) {
        if (!STAYS.has(key)) storage.removeItem(key);
      }
    }
  },
};

export const preferences = {
  get: (name) => read(`entremise.${name}`),
  set: (name, value) => write(`entremise.${name}`, value === null ? null : String(value)),
  // What another tab has set.
  watch: (name, listener) =>
    addEventListener("storage", (event) => event.key === `entremise.${name}` && listener(event.newValue)),
};

export const drafts = {
  get: (account, room) => read(`entremise.draft.${account}.${room}`) ?? "",
  set: (account, room, text) => keep(`entremise.draft.${account}.${room}`, text === "" ? null : text),
  // Another tab has written one, or emptied the storage.
  watch: (account, room, listener, options) =>
    addEventListener(
      "storage",
      ({ key }) => (key === null || key === `entremise.draft.${account}.${room}`) && listener(),
      options,
    ),
};

// What was typed into a form and not sent: for this tab and this person, until it is sent, given up, or they sign out.
export const formDrafts = {
  get(name) {
    try {
      return JSON.parse(sessionStorage.getItem(formKey(name))) ?? {};
    } catch {
      return {};
    }
  },
  set(name, changes) {
    try {
      if (Object.keys(changes).length === 0) sessionStorage.removeItem(formKey(name));
      else if (!sealed) sessionStorage.setItem(formKey(name), JSON.stringify(changes));
    } catch {
      // Full or forbidden: the form itself has it.
    }
  },
};

function formKey(name) {
  return `entremise.form.${preferences.get("account") ?? "nobody"}.${name}`;
}

// One key for each message, so that two tabs never overwrite each other's list.
export function outboxStorage(account) {
  const prefix = `${OUTBOX}${account}.`;
  return {
    all() {
      const items = [];
      try {
        for (let index = 0; index < localStorage.length; index += 1) {
          const key = localStorage.key(index);
          if (key.startsWith(prefix)) items.push(JSON.parse(localStorage.getItem(key)));
        }
      } catch {
        return items;
      }
      return items;
    },
    put: (item) => keep(prefix + item.nonce, JSON.stringify(item)),
    remove: (item) => keep(prefix + item.nonce, null),
  };
}

// Somebody who forgot their password is between two pages: what was asked for, in this tab alone and no longer than it.
// { email, ends?, again?, done? }
export const pendingReset = {
  get() {
    try {
      return JSON.parse(sessionStorage.getItem("entremise.reset"));
    } catch {
      return null;
    }
  },
  set(value) {
    try {
      sessionStorage.setItem("entremise.reset", JSON.stringify(value));
    } catch {
      // The next page asks for the address again.
    }
  },
  clear() {
    try {
      sessionStorage.removeItem("entremise.reset");
    } catch {
      // Nothing was kept.
    }
  },
};

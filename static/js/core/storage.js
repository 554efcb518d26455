// The browser's storage while somebody is signed in: drafts and unsent messages, per account. It may be full
// or forbidden; the page works without it.

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
    // Storage is full or forbidden: the page still has it in memory.
  }
}

const PREFIX = "entremise.";
const OUTBOX = `${PREFIX}outbox.`;
// The theme is no personal data.
const STAYS = new Set([`${PREFIX}theme`]);

// After a sign-out closing pages would still store what they hold.
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

// All data that accounts leave in this browser, and its removal at sign-out.
export const localData = {
  // Somebody is signed in: their data is kept.
  begin() {
    sealed = false;
  },
  // Unsent messages of all accounts, including refused ones.
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
  // Calls the listener when another tab sets it.
  watch: (name, listener) =>
    addEventListener("storage", (event) => event.key === `entremise.${name}` && listener(event.newValue)),
};

export const drafts = {
  get: (account, room) => read(`entremise.draft.${account}.${room}`) ?? "",
  set: (account, room, text) => keep(`entremise.draft.${account}.${room}`, text === "" ? null : text),
  // Calls the listener when another tab writes the draft or clears the storage.
  watch: (account, room, listener, options) =>
    addEventListener(
      "storage",
      ({ key }) => (key === null || key === `entremise.draft.${account}.${room}`) && listener(),
      options,
    ),
};

// Drafts of forms: for this tab and account, until the form is sent or given up, or at sign-out.
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

// The state between the two pages of a password reset, for this tab only: { email, ends?, again?, done? }
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

// What stays in this browser: drafts and unsent messages, per account. Storage may be full or forbidden;
// the page must work without it.

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

export const preferences = {
  get: (name) => read(`entremise.${name}`),
  set: (name, value) => write(`entremise.${name}`, value === null ? null : String(value)),
  // What another tab has set.
  watch: (name, listener) => addEventListener("storage", (event) => event.key === `entremise.${name}` && listener(event.newValue)),
};

export const drafts = {
  get: (account, room) => read(`entremise.draft.${account}.${room}`) ?? "",
  set: (account, room, text) => write(`entremise.draft.${account}.${room}`, text === "" ? null : text),
};

// One key for each message, so that two tabs never overwrite each other's list.
export function outboxStorage(account) {
  const prefix = `entremise.outbox.${account}.`;
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
    put: (item) => write(prefix + item.nonce, JSON.stringify(item)),
    remove: (item) => write(prefix + item.nonce, null),
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

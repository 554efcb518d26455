// What the types of the browser's code cannot be read from: our elements by their tags, and what not every browser has.

interface HTMLElementTagNameMap {
    "app-header": import("../../static/js/elements/frame/app-header.js").AppHeader;
    "link-status": import("../../static/js/elements/frame/link-status.js").LinkStatus;
    "conversation-view": import("../../static/js/elements/conversation/conversation-view.js").ConversationView;
    "message-list": import("../../static/js/elements/conversation/message-list.js").MessageList;
    "message-item": import("../../static/js/elements/conversation/message-item.js").MessageItem;
    "message-composer": import("../../static/js/elements/conversation/message-composer.js").MessageComposer;
    "typing-line": import("../../static/js/elements/conversation/typing-line.js").TypingLine;
    "transaction-panel": import("../../static/js/elements/transactions/transaction-panel.js").TransactionPanel;
}

interface Navigator {
    readonly connection?: { readonly saveData: boolean };
}

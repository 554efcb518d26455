// Made from the migrations of both databases; the parity test compares all three.

diesel::table! {
    accounts (id) {
        id -> BigInt,
        email -> Text,
        role -> Text,
        first_name -> Text,
        last_name -> Text,
        phone -> Nullable<Text>,
        language -> Text,
        password_hash -> Text,
        state -> Text,
        email_verified_at -> Nullable<BigInt>,
        created_at -> BigInt,
        last_login_at -> Nullable<BigInt>,
        password_changed_at -> Nullable<BigInt>,
        name_key -> Nullable<Text>,
        email_key -> Nullable<Text>,
        renamed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    account_heads (account_id) {
        account_id -> BigInt,
        last_change -> BigInt,
    }
}

diesel::table! {
    account_changes (account_id, seq) {
        account_id -> BigInt,
        seq -> BigInt,
        topic -> Text,
        subject_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        account_id -> BigInt,
        token_hash -> Binary,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    revocations (id) {
        id -> BigInt,
        account_id -> BigInt,
        session_id -> Nullable<BigInt>,
        kept_session_id -> Nullable<BigInt>,
        reason -> Text,
        created_at -> BigInt,
        cause -> Nullable<Text>,
    }
}

diesel::table! {
    ended_sessions (token_hash) {
        token_hash -> Binary,
        reason -> Text,
        ended_at -> BigInt,
    }
}

diesel::table! {
    throttles (key) {
        key -> Text,
        window_started_at -> BigInt,
        count -> BigInt,
        ends_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    setup_links (id) {
        id -> BigInt,
        token_hash -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (account_id, key) {
        account_id -> BigInt,
        key -> Text,
        request -> Binary,
        result_id -> Nullable<BigInt>,
        result_token -> Nullable<Binary>,
        created_at -> BigInt,
    }
}

diesel::table! {
    transactions (id) {
        id -> BigInt,
        title -> Text,
        kind -> Text,
        status -> Text,
        progress -> Integer,
        address -> Nullable<Text>,
        city -> Nullable<Text>,
        start_date -> Nullable<Text>,
        end_date -> Nullable<Text>,
        offered_amount -> Nullable<BigInt>,
        offered_currency -> Nullable<Text>,
        accepted_amount -> Nullable<BigInt>,
        accepted_currency -> Nullable<Text>,
        created_by -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        search_key -> Nullable<Text>,
        title_key -> Nullable<Text>,
    }
}

diesel::table! {
    transaction_changes (transaction_id, seq, field) {
        transaction_id -> BigInt,
        seq -> BigInt,
        field -> Text,
        old_value -> Nullable<Text>,
        new_value -> Nullable<Text>,
        changed_by -> Nullable<BigInt>,
        changed_at -> BigInt,
    }
}

diesel::table! {
    participants (transaction_id, account_id) {
        transaction_id -> BigInt,
        account_id -> BigInt,
        role -> Text,
        documents -> Bool,
        messaging -> Bool,
        tasks -> Bool,
        calendar -> Bool,
        properties -> Bool,
        access -> Integer,
        active -> Bool,
        added_at -> BigInt,
        removed_at -> Nullable<BigInt>,
        asked_at -> Nullable<BigInt>,
        asked_by -> Nullable<BigInt>,
        removed_by -> Nullable<BigInt>,
        suspended_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    rooms (id) {
        id -> BigInt,
        transaction_id -> Nullable<BigInt>,
        last_seq -> BigInt,
        acl_version -> BigInt,
        created_at -> BigInt,
        kind -> Text,
        channel_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    members (room_id, account_id) {
        room_id -> BigInt,
        account_id -> BigInt,
        role -> Text,
        active -> Bool,
        read_seq -> BigInt,
        joined_seq -> Nullable<BigInt>,
    }
}

diesel::table! {
    entries (room_id, seq) {
        room_id -> BigInt,
        seq -> BigInt,
        kind -> Text,
        author_id -> Nullable<BigInt>,
        nonce -> Nullable<Text>,
        body -> Nullable<Text>,
        data -> Nullable<Text>,
        acl_version -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        kind -> Text,
        key -> Nullable<Text>,
        payload -> Text,
        state -> Text,
        attempts -> Integer,
        tries -> Integer,
        due_at -> BigInt,
        lease_until -> Nullable<BigInt>,
        error_code -> Nullable<Text>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    mails (id) {
        id -> BigInt,
        kind -> Text,
        message_id -> Text,
        recipient -> Text,
        subject -> Text,
        body_text -> Nullable<Text>,
        body_html -> Nullable<Text>,
        state -> Text,
        attempts -> Integer,
        due_at -> BigInt,
        lease_until -> Nullable<BigInt>,
        error_code -> Nullable<Text>,
        created_at -> BigInt,
        sent_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    demo_mails (id) {
        id -> BigInt,
        message_id -> Text,
        recipient -> Text,
        subject -> Text,
        body_text -> Text,
        body_html -> Text,
        sent_at -> BigInt,
    }
}

diesel::table! {
    invitations (id) {
        id -> BigInt,
        broker_id -> BigInt,
        first_name -> Text,
        last_name -> Text,
        email -> Text,
        phone -> Nullable<Text>,
        project_type -> Text,
        message -> Nullable<Text>,
        language -> Text,
        transaction_id -> Nullable<BigInt>,
        documents -> Bool,
        messaging -> Bool,
        tasks -> Bool,
        calendar -> Bool,
        properties -> Bool,
        access -> Integer,
        state -> Text,
        mail_id -> Nullable<BigInt>,
        sent_by -> BigInt,
        created_at -> BigInt,
        sent_at -> BigInt,
        expires_at -> BigInt,
        accepted_at -> Nullable<BigInt>,
        cancelled_at -> Nullable<BigInt>,
        account_id -> Nullable<BigInt>,
        accepted_ip -> Nullable<Text>,
        accepted_user_agent -> Nullable<Text>,
        search_key -> Nullable<Text>,
        client_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    clients (id) {
        id -> BigInt,
        broker_id -> BigInt,
        account_id -> Nullable<BigInt>,
        first_name -> Text,
        last_name -> Text,
        company -> Nullable<Text>,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        whatsapp -> Nullable<Text>,
        address -> Nullable<Text>,
        city -> Nullable<Text>,
        language -> Text,
        notes -> Nullable<Text>,
        activated_at -> Nullable<BigInt>,
        archived_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        name_key -> Nullable<Text>,
        search_key -> Nullable<Text>,
        inactive_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    invitation_links (token_hash) {
        token_hash -> Binary,
        invitation_id -> BigInt,
        by_mail -> Bool,
        active -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    bus_keys (id) {
        id -> BigInt,
        secret -> Binary,
        created_at -> BigInt,
        active_from -> BigInt,
    }
}

diesel::table! {
    secrets (name) {
        name -> Text,
        value -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    password_resets (id) {
        id -> BigInt,
        email_hash -> Binary,
        account_id -> Nullable<BigInt>,
        network_hash -> Binary,
        asker_hash -> Binary,
        code_hash -> Binary,
        tries -> Integer,
        foreign_tries -> Integer,
        mail_id -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    access_links (token_hash) {
        token_hash -> Binary,
        account_id -> BigInt,
        sent_by -> BigInt,
        mail_id -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    access_links,
    accounts,
    clients,
    demo_mails,
    ended_sessions,
    entries,
    invitation_links,
    invitations,
    jobs,
    mails,
    members,
    participants,
    password_resets,
    revocations,
    rooms,
    secrets,
    sessions,
    setup_links,
    throttles,
    transaction_changes,
    transactions,
);

//! The shape of a schema, read from a database or from Diesel's `table!` macros, in the same words.

use entremise::domain::DatabaseUrl;
use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

#[derive(Debug, Default, PartialEq, Eq)]
pub struct SchemaShape {
    pub tables: BTreeMap<String, TableShape>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct TableShape {
    /// Diesel's type of each column, such as `Nullable<Text>`.
    pub columns: BTreeMap<String, String>,
    pub primary_key: String,
    /// All but the primary key: `unique (a, b) where …`.
    pub indexes: Vec<String>,
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    declared: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    columns: String,
    #[diesel(sql_type = Bool)]
    is_primary: bool,
    #[diesel(sql_type = Bool)]
    is_unique: bool,
    #[diesel(sql_type = Bool)]
    is_partial: bool,
}

const POSTGRES_COLUMNS: &str = "
    SELECT table_name::text, column_name::text, data_type::text AS declared, is_nullable = 'YES' AS nullable
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'";

const POSTGRES_INDEXES: &str = "
    SELECT t.relname::text AS table_name,
           string_agg(a.attname, ', ' ORDER BY k.place) AS columns,
           i.indisprimary AS is_primary, i.indisunique AS is_unique, i.indpred IS NOT NULL AS is_partial
    FROM pg_index i
    JOIN pg_class t ON t.oid = i.indrelid
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
    WHERE t.relnamespace = 'public'::regnamespace AND t.relname <> '__diesel_schema_migrations'
    GROUP BY i.indexrelid, t.relname, i.indisprimary, i.indisunique, i.indpred IS NOT NULL";

/// An `INTEGER PRIMARY KEY` is the row's own number, which has 64 bits; any other `INTEGER` is one by our own choice.
const SQLITE_COLUMNS: &str = "
    SELECT t.name AS table_name, c.name AS column_name,
           CASE WHEN c.type = 'INTEGER' AND c.pk > 0 THEN 'bigint' ELSE lower(c.type) END AS declared,
           c.\"notnull\" = 0 AND c.pk = 0 AS nullable
    FROM sqlite_master t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '__diesel_schema_migrations'";

const SQLITE_INDEXES: &str = "
    SELECT table_name, group_concat(column_name, ', ') AS columns, is_primary, is_unique, is_partial
    FROM (SELECT t.name AS table_name, i.name AS index_name, c.name AS column_name, i.origin = 'pk' AS is_primary,
                 i.\"unique\" AS is_unique, i.partial AS is_partial
          FROM sqlite_master t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
          WHERE t.type = 'table' AND t.name <> '__diesel_schema_migrations'
          ORDER BY t.name, i.name, c.seqno)
    GROUP BY table_name, index_name, is_primary, is_unique, is_partial
    UNION ALL
    SELECT t.name, c.name, 1, 1, 0
    FROM sqlite_master t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND c.pk > 0 AND c.type = 'INTEGER' AND t.name <> '__diesel_schema_migrations'";

impl SchemaShape {
    pub fn of(url: &DatabaseUrl) -> Self {
        match url {
            DatabaseUrl::Postgres(url) => {
                let mut conn = PgConnection::establish(url).unwrap();
                let columns = sql_query(POSTGRES_COLUMNS).load(&mut conn).unwrap();
                Self::from_rows(columns, sql_query(POSTGRES_INDEXES).load(&mut conn).unwrap())
            }
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                // The store's threads may still be closing their connections, which locks the file for a moment.
                conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                let columns = sql_query(SQLITE_COLUMNS).load(&mut conn).unwrap();
                Self::from_rows(columns, sql_query(SQLITE_INDEXES).load(&mut conn).unwrap())
            }
        }
    }

    fn from_rows(columns: Vec<Column>, indexes: Vec<Index>) -> Self {
        let mut shape = Self::default();
        for column in columns {
            let of_diesel = match column.declared.as_str() {
                "bigint" => "BigInt",
                "integer" => "Integer",
                "text" => "Text",
                "bytea" | "blob" => "Binary",
                "boolean" => "Bool",
                other => panic!("{}.{} is {other}: not portable", column.table_name, column.column_name),
            };
            let of_diesel = if column.nullable { format!("Nullable<{of_diesel}>") } else { of_diesel.to_owned() };
            shape.tables.entry(column.table_name).or_default().columns.insert(column.column_name, of_diesel);
        }
        for index in indexes {
            let table = shape.tables.entry(index.table_name).or_default();
            if index.is_primary {
                table.primary_key = index.columns;
            } else {
                let unique = if index.is_unique { "unique " } else { "" };
                let partial = if index.is_partial { " where …" } else { "" };
                table.indexes.push(format!("{unique}({}){partial}", index.columns));
                table.indexes.sort();
            }
        }
        shape
    }

    /// `diesel::table! { name (key) { column -> Type, … } }`, one item a line, as rustfmt leaves it.
    pub fn of_code(source: &str) -> Self {
        let mut shape = Self::default();
        let mut current = None;
        for line in source.lines().map(str::trim) {
            if let Some((column, of_diesel)) = line.split_once(" -> ") {
                let table: &mut TableShape = shape.tables.get_mut(current.as_ref().unwrap()).unwrap();
                table.columns.insert(column.to_owned(), of_diesel.trim_end_matches(',').to_owned());
            } else if let Some((name, key)) = line.strip_suffix(") {").and_then(|head| head.split_once(" (")) {
                current = Some(name.to_owned());
                shape
                    .tables
                    .insert(name.to_owned(), TableShape { primary_key: key.to_owned(), ..TableShape::default() });
            }
        }
        shape
    }
}

package io.traffical.pipeline.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.traffical.pipeline.jdbc.Rows;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.List;

/** Prints the same rows as a table or as a JSON array of objects. */
final class Output {
  private final PrintStream out;
  private final Format format;
  private final int width;

  /** How rows are printed. */
  enum Format {
    /** Aligned columns, for people. */
    TABLE,
    /** An array of objects whose keys are the column names, for programs. */
    JSON
  }

  /** Prints in a format, and tables at most as wide as given. */
  Output(PrintStream out, Format format, int width) {
    this.out = out;
    this.format = format;
    this.width = width;
  }

  boolean isJson() {
    return format == Format.JSON;
  }

  /** Prints the rows; as a table without rows only the names of the columns. */
  void print(Rows rows) {
    if (isJson()) {
      out.println(json(rows));
    } else {
      TextTable table = new TextTable(rows.columns());
      for (List<Object> row : rows.values()) {
        table.add(row.stream().map(Output::cell).toList(), row);
      }
      table.print(out, width);
    }
  }

  private static String cell(Object value) {
    if (value == null) {
      return "";
    }
    if (value instanceof Double number && Double.isFinite(number)) {
      return BigDecimal.valueOf(number).toPlainString();
    }
    if (value instanceof Rows.Json json) {
      return json.text().equals("{}") ? "" : json.text();
    }
    return value.toString().replaceAll("\\s*\\R\\s*", " ");
  }

  private static String json(Rows rows) {
    StringWriter text = new StringWriter();
    DefaultPrettyPrinter lines = new DefaultPrettyPrinter();
    lines.indentArraysWith(new DefaultIndenter("  ", "\n"));
    lines.indentObjectsWith(DefaultPrettyPrinter.FixedSpaceIndenter.instance);
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.setPrettyPrinter(lines);
      write(json, rows);
    } catch (IOException e) {
      throw new UncheckedIOException("a text can always be written to", e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, Rows rows) throws IOException {
    json.writeStartArray();
    for (List<Object> row : rows.values()) {
      json.writeStartObject();
      for (int i = 0; i < row.size(); i++) {
        json.writeFieldName(rows.columns().get(i));
        write(json, row.get(i));
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void write(JsonGenerator json, Object value) throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Rows rows) {
      write(json, rows);
    } else if (value instanceof Rows.Json raw) {
      json.writeRawValue(raw.text());
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else if (value instanceof Long || value instanceof Integer) {
      json.writeNumber(((Number) value).longValue());
    } else if (value instanceof Double number) {
      json.writeNumber(number);
    } else if (value instanceof BigDecimal number) {
      json.writeNumber(number);
    } else {
      json.writeString(value.toString());
    }
  }
}

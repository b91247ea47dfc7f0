package io.traffical.pipeline.doctor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A step of the server's plan.
 *
 * @param type such as {@code Seq Scan}
 * @param schema of the relation that it scans; null when it scans none
 * @param relation the relation that it scans; null when it scans none
 * @param index the index that it uses; null for none
 * @param rows how many rows the server expects of it
 * @param filter what it leaves out row by row; empty for nothing
 */
record PlanNode(
    String type, String schema, String relation, String index, long rows, String filter) {

  /** Returns the steps of a plan in EXPLAIN's JSON; the one that returns the rows comes first. */
  static List<PlanNode> parse(String json) {
    List<PlanNode> nodes = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      while (parser.nextToken() != null) {
        if (parser.currentToken() == JsonToken.FIELD_NAME && parser.currentName().equals("Plan")) {
          parser.nextToken();
          node(parser, nodes);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a text can always be read", e);
    }
    return nodes;
  }

  /** Reads the object that the parser is at; its own place is before those of its parts. */
  private static void node(JsonParser parser, List<PlanNode> nodes) throws IOException {
    int place = nodes.size();
    nodes.add(null);
    Map<String, String> fields = new HashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (name.equals("Plans")) {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          node(parser, nodes);
        }
      } else if (value.isScalarValue()) {
        fields.put(name, parser.getText());
      } else {
        parser.skipChildren();
      }
    }
    nodes.set(
        place,
        new PlanNode(
            fields.get("Node Type"),
            fields.get("Schema"),
            fields.get("Relation Name"),
            fields.getOrDefault("Index Name", bitmapIndex(nodes, place)),
            Math.round(Double.parseDouble(fields.getOrDefault("Plan Rows", "0"))),
            fields.getOrDefault("Filter", "")));
  }

  /** The index that a bitmap is made from is named by the step below. */
  private static String bitmapIndex(List<PlanNode> nodes, int place) {
    PlanNode below = place + 1 < nodes.size() ? nodes.get(place + 1) : null;
    return below != null && below.type().equals("Bitmap Index Scan") ? below.index() : null;
  }

  boolean isScan() {
    return relation != null && schema != null;
  }
}

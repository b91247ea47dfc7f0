package io.traffical.pipeline.config;

import io.traffical.pipeline.sql.Wording;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One map of the file. Reading a value reports what is wrong with it and returns a stand-in, so
 * that reading goes on and finds the other problems too.
 */
final class Section {
  private final String title;
  private final int line;
  private final Map<String, Entry> entries;
  private final boolean isBroken;
  private final ScalarReader scalars;
  private final Problems problems;

  private Section(
      String title, int line, Map<String, Entry> entries, boolean isBroken, ScalarReader scalars) {
    this.title = title;
    this.line = line;
    this.entries = entries;
    this.isBroken = isBroken;
    this.scalars = scalars;
    this.problems = scalars.problems();
  }

  /** Returns the file's outermost map. */
  static Section root(MappingNode node, Variables variables, Problems problems) {
    return new Section(
        "", 1, Entry.of(node, problems), false, new ScalarReader(variables, problems));
  }

  /** Reports every key that is not one of these. */
  void allow(String... keys) {
    allow(Arrays.asList(keys));
  }

  /** Reports every key that is not one of these. */
  void allow(List<String> keys) {
    entries.forEach(
        (key, entry) -> {
          if (!keys.contains(key)) {
            Optional<String> near = Wording.nearest(key, keys);
            String remedy =
                near.map(name -> "did you mean \"" + name + "\"?")
                    .orElse("the keys here are " + Wording.list(keys, "and"));
            // Where a password belongs, what is like no key may be one.
            boolean mayBeSecret = near.isEmpty() && keys.contains("password");
            String shown = mayBeSecret ? Entry.HIDDEN : Entry.shownKey(key);
            problems.error(entry.line(), "unknown key " + shown, remedy);
          }
        });
  }

  boolean has(String key) {
    return entries.containsKey(key);
  }

  /** Returns whether the key has a map as its value. */
  boolean isMap(String key) {
    return has(key) && entries.get(key).value() instanceof MappingNode;
  }

  /** Returns whether the key has a list as its value. */
  boolean isList(String key) {
    return has(key) && entries.get(key).value() instanceof SequenceNode;
  }

  Collection<String> keys() {
    return entries.keySet();
  }

  /** Returns the line of the key, or of the section when the key is absent. */
  int line(String key) {
    Entry entry = entries.get(key);
    return entry == null ? line : entry.line();
  }

  int line() {
    return line;
  }

  String title() {
    return title;
  }

  /** Returns the key as messages name it: {@code pipeline.window}, {@code fact of metric "x"}. */
  String label(String key) {
    if (title.isEmpty()) {
      return key;
    }
    return title.indexOf(' ') >= 0 ? key + " of " + title : title + "." + key;
  }

  Problems problems() {
    return problems;
  }

  void error(String key, String message, String remedy) {
    problems.error(line(key), message, remedy);
  }

  /** Returns the map below the key; an empty one when the key is absent or has no value. */
  Section section(String key) {
    return section(key, label(key), null);
  }

  private Section section(String key, String childTitle, String onlyKey) {
    Entry entry = entries.get(key);
    return entry == null
        ? new Section(childTitle, line, Map.of(), false, scalars)
        : child(childTitle, entry.line(), entry.value(), onlyKey);
  }

  /** Returns a map; a single value stands for a map with that value under the only key, if any. */
  private Section child(String childTitle, int childLine, Node value, String onlyKey) {
    if (value instanceof MappingNode map) {
      return new Section(childTitle, childLine, Entry.of(map, problems), false, scalars);
    }
    if (value instanceof ScalarNode && onlyKey != null) {
      Map<String, Entry> only = Map.of(onlyKey, new Entry(childLine, value));
      return new Section(childTitle, childLine, only, false, scalars);
    }
    boolean isMissing = ScalarReader.isEmpty(value);
    if (!isMissing) {
      problems.error(childLine, childTitle + " is not a map", "write its keys below it, indented");
    }
    return new Section(childTitle, childLine, Map.of(), !isMissing, scalars);
  }

  /** Returns the maps below the key by their names; see {@link #sections} for the only key. */
  Map<String, Section> children(String key, String kind, String onlyKey) {
    Section all = section(key);
    Map<String, Section> children = new LinkedHashMap<>();
    for (String name : all.keys()) {
      String childTitle = kind + " " + Wording.quoted(name) + ofOwner();
      children.put(name, all.section(name, childTitle, onlyKey));
    }
    return children;
  }

  /** Returns the value of the key; the fallback when it is absent or refused. */
  <T> T value(String key, Format<T> format, T fallback) {
    return entries.containsKey(key) ? parse(key, scalar(key), format, fallback) : fallback;
  }

  /** Returns the value of the key; null, after reporting it, when it is absent or refused. */
  <T> T required(String key, Format<T> format, String remedy) {
    if (!entries.containsKey(key)) {
      reportMissing(key, remedy);
    }
    return value(key, format, null);
  }

  void reportMissing(String key, String remedy) {
    if (!isBroken) {
      String owner = title.isEmpty() ? "the file" : title;
      problems.error(line, owner + " has no " + key, remedy);
    }
  }

  private <T> T parse(String key, Scalar scalar, Format<T> format, T fallback) {
    if (scalar == null) {
      return fallback;
    }
    try {
      return format.parse(scalar);
    } catch (RefusedException e) {
      problems.error(scalar.line(), label(key) + " " + e.getMessage(), e.remedy());
      return fallback;
    }
  }

  /** Returns the value with variables replaced; null, after reporting it, when it has none. */
  Scalar scalar(String key) {
    return scalars.substituted(label(key), entries.get(key).value());
  }

  /** Returns the value exactly as written; null, after reporting it, when it has none. */
  Scalar scalarAsWritten(String key) {
    return scalars.asWritten(label(key), entries.get(key).value());
  }

  /** Returns the single values of a list; null when the key is absent. */
  List<Scalar> list(String key) {
    if (!entries.containsKey(key)) {
      return null;
    }
    List<Node> items = items(key);
    if (items == null) {
      return null;
    }
    List<Scalar> values = new ArrayList<>();
    for (Node node : items) {
      Scalar scalar = scalars.substituted(label(key), node);
      if (scalar != null) {
        values.add(scalar);
      }
    }
    return values;
  }

  /** Returns the values of a list, refused ones left out; null when the key is absent. */
  <T> List<T> values(String key, Format<T> format) {
    List<Scalar> scalars = list(key);
    if (scalars == null) {
      return null;
    }
    List<T> values = new ArrayList<>();
    for (Scalar scalar : scalars) {
      T value = parse(key, scalar, format, null);
      if (value != null) {
        values.add(value);
      }
    }
    return values;
  }

  /** Returns the maps of a list, titled by their place: {@code filter 2 of metric "x"}. */
  List<Section> sections(String key, String kind) {
    return sections(key, kind, null);
  }

  /**
   * Returns the maps of a list; none when the key is absent.
   *
   * @param onlyKey the key under which an item that is a single value stands; null to refuse it
   */
  List<Section> sections(String key, String kind, String onlyKey) {
    List<Node> items = entries.containsKey(key) ? items(key) : null;
    List<Section> sections = new ArrayList<>();
    for (int i = 0; items != null && i < items.size(); i++) {
      String itemTitle = kind + " " + (i + 1) + ofOwner();
      sections.add(child(itemTitle, YamlFile.line(items.get(i)), items.get(i), onlyKey));
    }
    return sections;
  }

  private String ofOwner() {
    return title.isEmpty() ? "" : " of " + title;
  }

  /** Returns this map without a key, under another title. */
  Section without(String key, String otherTitle) {
    Map<String, Entry> others = new LinkedHashMap<>(entries);
    others.remove(key);
    return new Section(otherTitle, line, others, isBroken, scalars);
  }

  /** Returns the items of a list; null, after reporting it, when it is none. */
  private List<Node> items(String key) {
    Entry entry = entries.get(key);
    if (entry.value() instanceof SequenceNode sequence) {
      return sequence.getValue();
    }
    problems.error(
        entry.line(), label(key) + " is not a list", "write [a, b] or a line \"- a\" each");
    return null;
  }
}

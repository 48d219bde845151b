{{- value_rarities(ref("int_identity__profiles")) }}

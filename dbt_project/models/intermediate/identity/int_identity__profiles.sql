{{- matching_profiles(ref("int_identity__records")) }}
